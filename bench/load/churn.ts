/** Connections that come and go: connect, end, wait for the server's end, and again. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Meter } from './meter.js';
import type { ChurnPlan, LoadReport, Target } from './plan.js';

/** A fault comes back at once: without a limit they would be millions. */
const maxFaults = 100;

export async function churn(plan: ChurnPlan, target: Target, meter: Meter): Promise<LoadReport> {
  let over = false;
  const again = (): void => {
    if (over || meter.faults >= maxFaults) return;
    const socket = connect({ ...target, allowHalfOpen: true });
    let failed = false;
    socket.on('connect', () => socket.end());
    socket.on('error', (error) => {
      failed = true;
      if (!over) meter.fault(error.message);
    });
    socket.on('end', () => {
      if (!failed) meter.answered(1, 0);
    });
    socket.on('close', again);
    socket.resume();
  };
  for (let index = 0; index < plan.concurrency; index++) again();
  await sleep(plan.warmupMs);
  await meter.start();
  await sleep(plan.durationMs);
  await meter.stop();
  over = true;
  await sleep(50); // those on their way end by themselves
  return meter.report();
}
