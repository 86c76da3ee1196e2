/** Connections that open and close: connect, end, wait for the server's FIN, and again. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Meter } from './meter.js';
import type { ChurnPlan, LoadReport, Target } from './plan.js';

/** A refused connection fails at once: without a limit there would be millions. */
const maxFaults = 100;

export async function churn(plan: ChurnPlan, { host, port }: Target, meter: Meter): Promise<LoadReport> {
  let over = false;
  const again = (): void => {
    if (over || meter.faults >= maxFaults) return;
    const socket = connect({ host, port, allowHalfOpen: true });
    let failed = false;
    socket.on('connect', () => socket.end());
    socket.on('error', (error) => {
      failed = true;
      if (!over) meter.fault(error.message);
    });
    socket.on('end', () => {
      if (!failed) meter.answered(1);
    });
    socket.on('close', again);
    socket.resume();
  };
  for (let index = 0; index < plan.connections; index++) again();
  await meter.measure(plan);
  over = true;
  await sleep(50); // the open connections end by themselves
  return meter.report();
}
