/** What listens on a network in memory, or on one host of it, by address. */
import type { SchedulerLike } from 'rxjs';
import { type Address, addressOf, formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import type { ConnectOptions, Listener, ListenerEvents, ListenOptions } from '../transport.js';

const inUse = 'the address is in use; stop what holds it or choose another port';

/** Where the range for connecting sockets begins (RFC 6335, section 6), of which listeners on port 0 get theirs too. */
const firstFreePort = 49_152;

interface Listening {
  readonly events: ListenerEvents;
  /** Of the sockets that it accepts. */
  readonly keepAliveMs: number;
  isOpen: boolean;
}

export class Ports {
  readonly #scheduler: SchedulerLike;
  /** Calls in a later turn. */
  readonly #later: (work: () => void) => void;
  readonly #listeners = new Map<string, Listening>();
  #nextPort = firstFreePort;

  constructor(scheduler: SchedulerLike, later: (work: () => void) => void) {
    this.#scheduler = scheduler;
    this.#later = later;
  }

  /** A port for a connecting socket. */
  next(): number {
    return this.#nextPort++;
  }

  at(address: Address): Readonly<Listening> | undefined {
    return this.#listeners.get(formatAddress(address));
  }

  /** `problem` is why it cannot listen there, if it cannot. */
  listen(options: ListenOptions, events: ListenerEvents, problem = notSupported(options)): Listener {
    const address = addressOf(options.port === 0 ? { ...options, port: this.next() } : options);
    const key = formatAddress(address);
    const isFree = !this.#listeners.has(key);
    const listening = { events, keepAliveMs: options.keepAliveMs, isOpen: true };
    const close = (): void => {
      listening.isOpen = false;
      if (this.#listeners.get(key) === listening) this.#listeners.delete(key);
    };
    if (isFree && problem === undefined) this.#listeners.set(key, listening);
    this.#later(() => {
      if (!listening.isOpen) return;
      if (problem) events.failed(problem);
      else if (isFree) events.listening(address);
      else events.failed(new TcpError('ERR_ADDRESS_IN_USE', `Could not listen on ${key}: ${inUse}`));
    });
    return {
      close,
      stop: (done) => {
        // What arrives at this instant comes before: that is the accept queue of this network.
        this.#scheduler.schedule(() => {
          if (!listening.isOpen) return;
          close();
          done();
        });
      },
    };
  }

  /** All listeners end now, and their owners learn of it in a later turn. */
  fail(errorOf: (address: string) => TcpError): void {
    const failing = [...this.#listeners];
    this.#listeners.clear();
    this.#later(() => {
      for (const [address, listening] of failing) {
        if (listening.isOpen) listening.events.failed(errorOf(address));
        listening.isOpen = false;
      }
    });
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
