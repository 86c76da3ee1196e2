/** One server on a memory network, in virtual time that the property moves by hand. */
import { type SchedulerAction, Subject, type Subscription } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  type Handler,
  type MemoryNetworkConfig,
  memoryNetwork,
  type ServerEvent,
  type TcpServerConfig,
  type Transport,
  tcpServer,
} from '../../lib/index.js';
import { RawPeer } from '../support/raw-peer.js';
import { Ledgers } from './ledgers.js';

/** More than any run schedules: what schedules more at one instant would never come to its end. */
const mostActions = 1_000_000;

/** Throws where something schedules again and again, which no limit in real time could interrupt. */
class BoundedScheduler extends TestScheduler {
  #actions = 0;

  override schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription {
    this.#actions += 1;
    if (this.#actions > mostActions) throw new Error(`More than ${mostActions} actions are scheduled in one run`);
    return super.schedule(work, delay, state);
  }
}

/** Virtual time, which only `advance` moves. */
export class Clock {
  readonly #scheduler: TestScheduler;

  constructor(scheduler: TestScheduler) {
    this.#scheduler = scheduler;
  }

  get now(): number {
    return this.#scheduler.frame;
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#scheduler.actions.length;
  }

  /** Everything that is due by then happens. */
  advance(ms: number): void {
    const until = this.now + ms;
    this.#scheduler.maxFrames = until;
    this.#scheduler.flush();
    this.#scheduler.frame = until;
  }

  /** Everything that is due at this instant happens. */
  settle(): void {
    this.advance(0);
  }
}

/** `advance` throws what RxJS would throw asynchronously, such as an error without a listener. */
export function byHand<T>(act: (clock: Clock) => T): T {
  const scheduler = new BoundedScheduler(() => {});
  return scheduler.run(() => act(new Clock(scheduler)));
}

export interface Setting {
  readonly handler: Handler;
  readonly server?: Partial<TcpServerConfig>;
  readonly network?: MemoryNetworkConfig;
  readonly around?: (transport: Transport) => Transport;
}

export class Stage {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly port: number;
  readonly events: ServerEvent[] = [];
  readonly ledgers = new Ledgers();
  /** At which instant the server completed. */
  completedAt: number | undefined;
  readonly #stop$ = new Subject<void>();
  readonly #unsubscribe: () => void;

  constructor(clock: Clock, { handler, server, network, around = (transport) => transport }: Setting) {
    this.clock = clock;
    this.transport = around(memoryNetwork(network));
    const config = { port: 0, transport: this.transport, stop$: this.#stop$, ...server };
    const subscription = tcpServer(config, this.ledgers.audit(handler)).subscribe({
      next: (event) => {
        this.events.push(event);
      },
      complete: () => {
        this.completedAt = clock.now;
      },
    });
    this.#unsubscribe = () => subscription.unsubscribe();
    clock.advance(network?.latencyMs ?? 0);
    this.port = this.of('listening')[0]?.address.port ?? 0;
  }

  of<Type extends ServerEvent['type']>(type: Type): Extract<ServerEvent, { type: Type }>[] {
    return this.events.filter((event) => event.type === type) as Extract<ServerEvent, { type: Type }>[];
  }

  peer(): RawPeer {
    return new RawPeer(this.transport, this.port);
  }

  stop(): void {
    this.#stop$.next();
  }

  unsubscribe(): void {
    this.#unsubscribe();
  }
}

export function onStage<T>(setting: Setting, act: (stage: Stage) => T): T {
  return byHand((clock) => act(new Stage(clock, setting)));
}
