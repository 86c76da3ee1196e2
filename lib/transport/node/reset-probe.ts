/** Finds out that a peer has reset while its socket is not being read. */
import { DenseSet, type Member } from '../../values/dense-set.js';

/** A dead peer is noticed within a second. */
const probeEveryMs = 500;

export interface Probed extends Member {
  probe(): void;
}

/** Node notices a reset only while it reads. The sockets in here are paused, or their peer has ended and we have not. */
class ResetProbe {
  readonly #sockets = new DenseSet<Probed>();
  /** Goes on for a while when no socket is left: most ends are followed by others. */
  #timer: NodeJS.Timeout | undefined;

  add(socket: Probed): void {
    this.#sockets.add(socket);
    this.#timer ??= setInterval(() => this.#probe(), probeEveryMs);
    this.#timer.ref();
  }

  delete(socket: Probed): void {
    if (this.#sockets.delete(socket) && this.#sockets.size === 0) this.#timer?.unref();
  }

  #probe(): void {
    for (const socket of this.#sockets) socket.probe();
    if (this.#sockets.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

export const resetProbe = new ResetProbe();
