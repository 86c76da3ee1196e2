/** A network that tells a turn later that it has taken a write, as Node does of TLS. */
import { asyncScheduler } from 'rxjs';
import type { Transport } from '../../lib/index.js';
import { WrappedSocket, wrapSockets } from '../../lib/transport/wrap/wrapped-socket.js';

class LateSocket extends WrappedSocket {
  #lateBytes = 0;

  override get queuedBytes(): number {
    return super.queuedBytes + this.#lateBytes;
  }

  override write(bytes: Uint8Array): void {
    const isFirst = this.#lateBytes === 0;
    this.#lateBytes += bytes.length;
    super.write(bytes);
    if (isFirst) asyncScheduler.schedule(() => this.#taken());
  }

  #taken(): void {
    this.#lateBytes = 0;
    if (super.queuedBytes === 0) super.drained();
  }
}

export function lateNetwork(transport: Transport): Transport {
  return wrapSockets(transport, (socket) => new LateSocket(socket));
}
