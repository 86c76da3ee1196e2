/** What rxjs-tcp/testing offers. */
export { HeapTestScheduler } from './simulation/heap-test-scheduler.js';
export type { HostNetwork, HostProgram } from './simulation/hosts.js';
export { type Simulation, type SimulationConfig, type SimulationResult, simulate } from './simulation/simulate.js';
export { SimulationError } from './simulation/simulation-error.js';
