/** A transport on which things go wrong, as a list of faults says. */
import { asyncScheduler, isObservable, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import { check, having, integer, maxTimerMs, type Rule, readOptions } from '../../../values/options.js';
import type {
  ConnectOptions,
  Listener,
  ListenerEvents,
  ListenOptions,
  Transport,
  TransportSocket,
} from '../../transport.js';
import type { Strike } from './direction.js';
import type { Fault } from './fault.js';
import { FaultySocket } from './faulty-socket.js';
import { randomFrom, seedOf } from './random.js';
import { RefusedSocket } from './refused-socket.js';

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

const faultList: Rule = {
  expected: 'a list of faults, such as [latency({ ms: 100 })], or an Observable of such lists',
  accepts: (value) => isObservable(value) || isFaultList(value),
};

/**
 * A transport that behaves as `transport` does, but for these faults. They hold for the connections of servers and of clients.
 *
 * The list is passed through in its order. An Observable of lists changes what holds for open connections too; it is subscribed to
 * while there is a listener or a connection, and its errors are those of the program. Backpressure holds: what a fault keeps back
 * makes the sender wait, and 64 KiB at most are read ahead of it.
 * @throws TypeError, RangeError for what is not a list of faults, or an option that is unknown or out of range
 * @example tcpServer({ port: 7, transport: faulty(nodeNetwork(), [latency({ ms: 200 })]) }, echo()).subscribe();
 */
export function faulty(
  transport: Transport,
  faults: readonly Fault[] | Observable<readonly Fault[]>,
  config: FaultyConfig = {},
): FaultyTransport {
  check('faults', faults, faultList);
  const random = Math.floor(Math.random() * maxTimerMs);
  return new Faulty(transport, faults, readOptions(config, rules, { seed: random, scheduler: asyncScheduler }));
}

class Faulty implements FaultyTransport {
  readonly seed: number;
  readonly #transport: Transport;
  readonly #scheduler: SchedulerLike;
  readonly #changes$: Observable<readonly Fault[]> | undefined;
  #faults: readonly Fault[] = [];
  /** Each with its number, from 1. */
  readonly #sockets = new Map<FaultySocket, number>();
  #listeners = 0;
  #lastNumber = 0;
  #changes: Subscription | undefined;

  constructor(
    transport: Transport,
    faults: readonly Fault[] | Observable<readonly Fault[]>,
    { seed, scheduler }: { readonly seed: number; readonly scheduler: SchedulerLike },
  ) {
    this.#transport = transport;
    this.seed = seed;
    this.#scheduler = scheduler;
    if (isObservable(faults)) this.#changes$ = faults;
    else this.#faults = faults;
  }

  capacity(): number {
    return this.#transport.capacity();
  }

  listen(options: ListenOptions, events: ListenerEvents): Listener {
    this.#listeners += 1;
    this.#follow();
    let isOpen = true;
    const closed = (): void => {
      if (isOpen) this.#listeners -= 1;
      isOpen = false;
      this.#followNoMore();
    };
    const listener = this.#transport.listen(options, {
      listening: (address) => events.listening(address),
      accepted: (socket) => this.#accept(socket, events),
      lost: () => events.lost(),
      warned: (error) => events.warned(error),
      failed: (error) => {
        closed();
        events.failed(error);
      },
    });
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
    this.#follow();
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    if (this.#isRefused(number)) {
      this.#followNoMore();
      return new RefusedSocket(options, this.#scheduler);
    }
    return this.#wrap(this.#transport.connect(options), number);
  }

  #accept(socket: TransportSocket, events: ListenerEvents): void {
    this.#lastNumber += 1;
    if (this.#isRefused(this.#lastNumber)) socket.reset();
    else events.accepted(this.#wrap(socket, this.#lastNumber));
  }

  #wrap(socket: TransportSocket, number: number): FaultySocket {
    const wrapped = new FaultySocket(socket, this.#scheduler, () => {
      this.#sockets.delete(wrapped);
      this.#followNoMore();
    });
    this.#sockets.set(wrapped, number);
    this.#strike(wrapped, number);
    return wrapped;
  }

  #strike(socket: FaultySocket, number: number): void {
    socket.strike(this.#strikes(number, 'incoming'), this.#strikes(number, 'outgoing'));
  }

  #strikes(number: number, direction: 'incoming' | 'outgoing'): Strike[] {
    return this.#faults.flatMap((fault, index) => {
      const isElsewhere = fault.direction !== 'both' && fault.direction !== direction;
      if (isElsewhere || fault.refuses || !this.#isStruck(fault, index, number)) return [];
      return [{ fault, random: randomFrom(seedOf(this.seed, number, index, direction === 'incoming' ? 1 : 2)) }];
    });
  }

  #isRefused(number: number): boolean {
    return this.#faults.some((fault, index) => fault.refuses && this.#isStruck(fault, index, number));
  }

  #isStruck({ first, after, toxicity }: Fault, index: number, number: number): boolean {
    return number > after && number <= first && randomFrom(seedOf(this.seed, number, index))() < toxicity;
  }

  // ---- faults that change ----

  #follow(): void {
    this.#changes ??= this.#changes$?.subscribe((faults) => {
      check('faults', faults, faultList);
      this.#faults = faults;
      for (const [socket, number] of this.#sockets) this.#strike(socket, number);
    });
  }

  #followNoMore(): void {
    if (this.#listeners > 0 || this.#sockets.size > 0) return;
    this.#changes?.unsubscribe();
    this.#changes = undefined;
  }
}

function isFaultList(value: unknown): boolean {
  const isFault = (fault: Partial<Fault> | undefined): boolean =>
    typeof fault?.begin === 'function' || fault?.refuses === true;
  return Array.isArray(value) && value.every(isFault);
}
