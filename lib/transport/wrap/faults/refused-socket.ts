/** A socket that does not connect, because a fault refuses it. */
import type { SchedulerLike } from 'rxjs';
import { type Address, addressOf, formatAddress } from '../../../values/address.js';
import { TcpError } from '../../../values/errors.js';
import type { ConnectOptions, SocketEvents, TransportSocket } from '../../transport.js';

export class RefusedSocket implements TransportSocket {
  readonly local = undefined;
  readonly remote: Address;
  readonly queuedBytes = 0;
  readonly queuedWrites = 0;
  readonly #scheduler: SchedulerLike;
  #events: SocketEvents | undefined;

  constructor(options: ConnectOptions, scheduler: SchedulerLike) {
    this.remote = addressOf(options);
    this.#scheduler = scheduler;
  }

  open(events: SocketEvents): void {
    this.#events = events;
    this.#scheduler.schedule(() => {
      const message = `Could not connect to ${formatAddress(this.remote)}: a fault has refused the connection`;
      this.#events?.failed(new TcpError('ERR_CONNECTION_REFUSED', message));
      this.#events?.closed();
      this.#events = undefined;
    });
  }

  destroy(): void {
    const events = this.#events;
    this.#events = undefined;
    if (events) this.#scheduler.schedule(() => events.closed());
  }
  reset(): void {
    this.destroy();
  }

  unacknowledgedBytes(): undefined {}
  write(): void {}
  cork(): void {}
  uncork(): void {}
  uncorkLater(): void {}
  end(): void {}
  pause(): void {}
  resume(): void {}
}
