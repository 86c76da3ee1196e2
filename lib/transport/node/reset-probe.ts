/** Finds out that a peer has reset while its socket is not being read: Node notices a reset only while it reads. */
import { DenseSet, type Member } from '../../values/dense-set.js';

/** A dead peer is noticed within a second. */
const probeEveryMs = 500;

export type Probed = Member & { probe(): void };

/** Those that are paused, and those with a peer that has ended its side. */
const sockets = new DenseSet<Probed>();

/** Goes on for a while when no socket is left: most ends are followed by others. */
let timer: NodeJS.Timeout | undefined;

export function startProbing(socket: Probed): void {
  sockets.add(socket);
  timer ??= setInterval(probeAll, probeEveryMs);
  timer.ref();
}

export function stopProbing(socket: Probed): void {
  sockets.delete(socket);
  if (sockets.size === 0) timer?.unref();
}

function probeAll(): void {
  for (const socket of sockets) socket.probe();
  if (sockets.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
