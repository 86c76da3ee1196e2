/** What listens on a network in memory, or on one host of it, by address. */
import type { SchedulerLike } from 'rxjs';
import { type Address, addressOf, formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import type { ConnectOptions, Listener, ListenerEvents, ListenOptions } from '../transport.js';

const inUse = 'the address is in use; stop what holds it or choose another port';

/** Where the range for connecting sockets begins (RFC 6335, section 6), of which listeners on port 0 get theirs too. */
const firstFreePort = 49_152;

export class Ports {
  readonly #scheduler: SchedulerLike;
  /** Calls in a later turn. */
  readonly #later: (work: () => void) => void;
  readonly #listeners = new Map<string, ListenerEvents>();
  #nextPort = firstFreePort;

  constructor(scheduler: SchedulerLike, later: (work: () => void) => void) {
    this.#scheduler = scheduler;
    this.#later = later;
  }

  /** A port for a connecting socket. */
  next(): number {
    return this.#nextPort++;
  }

  listenerAt(address: Address): ListenerEvents | undefined {
    return this.#listeners.get(formatAddress(address));
  }

  /** `problem` is why it cannot listen there, if it cannot. */
  listen(options: ListenOptions, events: ListenerEvents, problem = notSupported(options)): Listener {
    const address = addressOf(options.port === 0 ? { ...options, port: this.next() } : options);
    const key = formatAddress(address);
    const isFree = !this.#listeners.has(key);
    let isOpen = true;
    const close = (): void => {
      isOpen = false;
      if (this.#listeners.get(key) === events) this.#listeners.delete(key);
    };
    if (isFree && problem === undefined) this.#listeners.set(key, events);
    this.#later(() => {
      if (!isOpen) return;
      if (problem) events.failed(problem);
      else if (isFree) events.listening(address);
      else events.failed(new TcpError('ERR_ADDRESS_IN_USE', `Could not listen on ${key}: ${inUse}`));
    });
    return {
      close,
      stop: (done) => {
        // What arrives at this instant comes before: that is the accept queue of this network.
        this.#scheduler.schedule(() => {
          if (!isOpen) return;
          close();
          done();
        });
      },
    };
  }
}

export function refused(remote: Address): TcpError {
  const message = `Could not connect to ${formatAddress(remote)}: no server listens there`;
  return new TcpError('ERR_CONNECTION_REFUSED', message);
}

/** Descriptors, ports that processes share and TLS are Node's. */
export function notSupported(options: ListenOptions | ConnectOptions): TcpError | undefined {
  const names = ['fd', 'reusePort', 'tls'] as const;
  const given = names.find((name) => (options as Partial<ListenOptions>)[name]);
  if (given === undefined) return undefined;
  return new TcpError(
    'ERR_NOT_SUPPORTED',
    `A network in memory has no \`${given}\`: leave it out, or use nodeNetwork()`,
  );
}
