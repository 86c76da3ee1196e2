/** A transport on which things go wrong, as a list of faults says. */
import { asyncScheduler, isObservable, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { check, having, integer, maxTimerMs, type Rule, readOptions } from '../../../values/options.js';
import { randomFrom, seedOf } from '../../../values/random.js';
import type {
  ConnectOptions,
  Listener,
  ListenerEvents,
  ListenOptions,
  Transport,
  TransportSocket,
} from '../../transport.js';
import type { Fault } from './fault.js';
import { FaultySocket, type FaultySocketOwner } from './faulty-socket.js';
import { RefusedSocket } from './refused-socket.js';
import type { Strike } from './station.js';

/** The options of `faulty`. */
export interface FaultyConfig {
  /** 0 to 2147483647: the same one strikes the same connections at the same bytes. Default: a random one. */
  readonly seed?: number | undefined;
  /** Tells the time and runs the delays; asyncScheduler follows a running TestScheduler. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** What `faulty` makes. */
export interface FaultyTransport extends Transport {
  /** With it as the option, the same goes wrong again. */
  readonly seed: number;
}

const rules = { seed: integer(0, maxTimerMs), scheduler: having('a scheduler', 'schedule', 'now') };

const transportRule = having('a transport, such as nodeNetwork()', 'listen', 'connect', 'capacity');

const faultsRule: Rule = {
  expected: 'a list of faults, such as [latency({ ms: 100 })], or an Observable of lists',
  accepts: (value) => isObservable(value) || isFaultList(value),
};

/** What an Observable emits. */
const listRule: Rule = { expected: 'a list of faults, such as [latency({ ms: 100 })]', accepts: isFaultList };

/**
 * Makes a transport that behaves as `transport` does, but for these faults; servers and clients can run over it.
 *
 * What passes goes through the list in its order. An Observable of lists changes what holds, for open connections too: a fault that is
 * in both lists goes on as it is. It is subscribed to while there is a listener or a connection; its errors are not handled.
 *
 * Each listener numbers the connections that it accepts from 1, and the transport those that it makes. A fault begins once both ends are
 * there, and strikes bytes, not TLS handshakes. A connection that no fault of a fixed list strikes is the one of `transport` itself.
 *
 * What a fault keeps back counts as unsent, so that the sender waits, and 64 KiB are read ahead of it. What `latency` delays counts as
 * sent, up to 1 MiB in a direction.
 * @throws TypeError, RangeError for what is not a list of faults, or an option that is unknown or out of range
 * @example tcpServer({ port: 7, transport: faulty(nodeNetwork(), [latency({ ms: 200 })]) }, echo()).subscribe();
 */
export function faulty(
  transport: Transport,
  faults: readonly Fault[] | Observable<readonly Fault[]>,
  config: FaultyConfig = {},
): FaultyTransport {
  check('transport', transport, transportRule);
  check('faults', faults, faultsRule);
  const seed = Math.floor(Math.random() * maxTimerMs);
  return new Faulty(transport, faults, readOptions(config, rules, { seed, scheduler: asyncScheduler }));
}

/** A connection's place among those of one origin: a listener, each from 1; or 0, the ones that were made. */
interface Place {
  readonly origin: number;
  readonly number: number;
}

class Faulty implements FaultyTransport {
  readonly seed: number;
  readonly #transport: Transport;
  readonly #scheduler: SchedulerLike;
  readonly #changes$: Observable<readonly Fault[]> | undefined;
  #changes: Subscription | undefined;
  #faults: readonly Fault[] = [];
  /** In the order in which they were first seen: a fault strikes the same wherever it is in a list. */
  readonly #faultNumbers = new WeakMap<Fault, number>();
  #lastFault = 0;
  /** On which faults can strike. */
  readonly #sockets = new Map<FaultySocket, Place>();
  /** Listeners and connections. */
  #users = 0;
  #lastListener = 0;
  #lastConnect = 0;

  constructor(
    transport: Transport,
    faults: readonly Fault[] | Observable<readonly Fault[]>,
    { seed, scheduler }: { readonly seed: number; readonly scheduler: SchedulerLike },
  ) {
    this.#transport = transport;
    this.seed = seed;
    this.#scheduler = scheduler;
    if (isObservable(faults)) this.#changes$ = faults;
    else this.#setFaults(faults);
  }

  capacity(): number {
    return this.#transport.capacity();
  }

  listen(options: ListenOptions, events: ListenerEvents): Listener {
    this.#lastListener += 1;
    const origin = this.#lastListener;
    let lastAccepted = 0;
    let isOpen = true;
    const closed = (): void => {
      if (isOpen) this.#removeUser();
      isOpen = false;
    };
    const listener = this.#transport.listen(options, {
      listening: (address) => events.listening(address),
      accepted: (socket) => {
        lastAccepted += 1;
        const place = { origin, number: lastAccepted };
        if (this.#isRefused(place)) socket.reset();
        else events.accepted(this.#accept(socket, place));
      },
      lost: () => events.lost(),
      warned: (error) => events.warned(error),
      failed: (error) => {
        closed();
        events.failed(error);
      },
    });
    this.#addUser(); // last: a transport may refuse to listen by throwing
    return {
      ...(listener.renewTls && { renewTls: (tls) => listener.renewTls?.(tls) }),
      stop: (done) =>
        listener.stop(() => {
          closed();
          done();
        }),
      close: () => {
        closed();
        listener.close();
      },
    };
  }

  connect(options: ConnectOptions): TransportSocket {
    this.#addUser(); // first: it may bring the list
    this.#lastConnect += 1;
    const place = { origin: 0, number: this.#lastConnect };
    const refused = this.#isRefused(place);
    const socket = refused ? new RefusedSocket(options, this.#scheduler) : this.#transport.connect(options);
    if (!refused && this.#canStrike(place)) return new FaultySocket(socket, this.#ownerOf(place));
    this.#removeUser();
    return socket;
  }

  #accept(socket: TransportSocket, place: Place): TransportSocket {
    if (!this.#canStrike(place)) return socket;
    this.#addUser();
    const owner = this.#ownerOf(place);
    const accepted = new FaultySocket(socket, owner);
    socket.open(accepted); // a server resets what it refuses without opening it
    owner.begin(accepted);
    return accepted;
  }

  #ownerOf(place: Place): FaultySocketOwner {
    return {
      scheduler: this.#scheduler,
      begin: (socket) => {
        this.#sockets.set(socket, place);
        this.#strike(socket, place);
      },
      closed: (socket) => {
        this.#sockets.delete(socket);
        this.#removeUser();
      },
    };
  }

  // ---- which faults strike ----

  #strike(socket: FaultySocket, place: Place): void {
    socket.strike(this.#strikes(place, 'incoming'), this.#strikes(place, 'outgoing'));
  }

  #strikes(place: Place, direction: 'incoming' | 'outgoing'): Strike[] {
    const here = this.#faults.filter((fault) => fault.direction === 'both' || fault.direction === direction);
    const striking = here.filter((fault) => this.#isStruck(place, fault));
    return striking.map((fault) => ({ fault, random: this.#random(place, fault, direction === 'incoming' ? 1 : 2) }));
  }

  #canStrike(place: Place): boolean {
    return this.#changes$ !== undefined || this.#faults.some((fault) => this.#isStruck(place, fault));
  }

  #isRefused(place: Place): boolean {
    return this.#faults.some((fault) => fault.refuses && this.#isStruck(place, fault));
  }

  #isStruck(place: Place, fault: Fault): boolean {
    if (place.number <= fault.after || place.number > fault.first) return false;
    return this.#random(place, fault, 0)() < fault.toxicity;
  }

  #random({ origin, number }: Place, fault: Fault, purpose: number): () => number {
    return randomFrom(seedOf(this.seed, origin, number, this.#faultNumbers.get(fault) as number, purpose));
  }

  // ---- faults that change ----

  #setFaults(faults: readonly Fault[]): void {
    this.#faults = [...faults];
    for (const fault of faults) {
      if (this.#faultNumbers.has(fault)) continue;
      this.#lastFault += 1;
      this.#faultNumbers.set(fault, this.#lastFault);
    }
    for (const [socket, place] of [...this.#sockets]) this.#strike(socket, place);
  }

  #addUser(): void {
    this.#users += 1;
    this.#changes ??= this.#changes$?.subscribe((faults) => {
      check('faults', faults, listRule);
      this.#setFaults(faults);
    });
  }

  #removeUser(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#changes?.unsubscribe();
    this.#changes = undefined;
  }
}

function isFaultList(value: unknown): boolean {
  return Array.isArray(value) && value.every((fault) => typeof (fault as Fault | undefined)?.begin === 'function');
}
