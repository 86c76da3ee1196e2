/** Connections that receive as fast as they are sent to, as behind a proxy; what comes is the pattern from its start. */
import { connect } from 'node:net';
import type { Meter } from './meter.js';
import type { DownloadPlan, LoadReport, Target } from './plan.js';
import { ReplyReader } from './reply-reader.js';

/** So a microsecond for a message is a nanosecond for a byte. */
const messageBytes = 1_000;
/** All connections read into the same memory: each read is checked before the next one. */
const slab = Buffer.allocUnsafe(262_144);

export async function download(plan: DownloadPlan, { host, port, reply }: Target, meter: Meter): Promise<LoadReport> {
  let over = false;
  const fault = (message: string): void => {
    if (!over) meter.fault(message);
  };
  const sockets = Array.from({ length: plan.connections }, () => {
    const reader = new ReplyReader(reply, 0);
    const callback = (length: number): boolean => {
      try {
        meter.answered(reader.read(slab.subarray(0, length)) / messageBytes, length);
      } catch (error) {
        fault((error as Error).message);
      }
      return true;
    };
    const socket = connect({ host, port, onread: { buffer: slab, callback } });
    socket.on('error', ({ message }) => fault(message));
    return socket.on('close', () => fault('The server closed a connection'));
  });
  await meter.measure(plan);
  over = true;
  for (const socket of sockets) socket.resetAndDestroy();
  return meter.report();
}
