/** What rxjs-tcp/testing offers. */
export { HeapTestScheduler } from './simulation/heap-test-scheduler.js';
