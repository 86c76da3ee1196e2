/** Two ends of one connection in virtual time: one over a faulty transport, the other over the plain one. */
import { asyncScheduler, type Observable, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';
import {
  defaults,
  type Fault,
  faulty,
  memoryNetwork,
  type SocketEvents,
  type TcpError,
  type TransportSocket,
} from '../../lib/index.js';
import { RawPeer } from './raw-peer.js';
import { inVirtualTime } from './virtual-time.js';

export interface Pair {
  /** The accepted end, on which faults strike. */
  readonly socket: TransportSocket;
  readonly peer: RawPeer;
  /** Runs `work` that many milliseconds after both ends are there. */
  at(ms: number, work: () => void): void;
}

export interface PairOptions {
  readonly seed?: number;
  /** What the two do, once both are there. */
  readonly play: (pair: Pair) => void;
  /** Is told how long each chunk of the accepted end is. */
  readonly receive?: (bytes: number) => void;
  /** What the accepted end does when something is reported to it. */
  readonly on?: Partial<Record<keyof SocketEvents, (socket: TransportSocket) => void>>;
}

/** What is reported to the accepted end, each with its time; and last, how many timers the transport has left. */
export function reported(
  faults: readonly Fault[] | Observable<readonly Fault[]>,
  { seed = 1, play, receive, on = {} }: PairOptions,
): string[] {
  const told: string[] = [];
  const timers = new CountedTimers();
  inVirtualTime(() => {
    const startedAt = asyncScheduler.now();
    const network = memoryNetwork();
    const transport = faulty(network, faults, { seed, scheduler: timers });
    let accepted: TransportSocket | undefined;
    const note = (name: keyof SocketEvents, what = ''): void => {
      told.push(`${asyncScheduler.now() - startedAt} ${name}${what && ` ${what}`}`);
      on[name]?.(accepted as TransportSocket);
    };
    const owner: SocketEvents = {
      connected: () => note('connected'),
      chunk: (chunk) => {
        receive?.(chunk.length);
        note('chunk', chunk.toString('latin1'));
      },
      peerEnded: () => note('peerEnded'),
      uncorked: () => note('uncorked'),
      drained: () => note('drained'),
      failed: (error: TcpError) => note('failed', error.code),
      closed: () => note('closed', timers.count > 0 ? `with ${timers.count} timers` : ''),
    };
    const { host, noDelay, keepAliveMs, backlog } = defaults.server;
    const listener = transport.listen(
      { host, port: 7, noDelay, keepAliveMs, backlog },
      {
        listening() {},
        accepted(socket) {
          accepted = socket;
          socket.open(owner);
        },
        lost() {},
        warned() {},
        failed() {},
      },
    );
    const peer = new RawPeer(network, 7);
    peer.when('connected').subscribe(() => {
      listener.close();
      const at: Pair['at'] = (ms, work) => asyncScheduler.schedule(work, ms);
      play({ socket: accepted as TransportSocket, peer, at });
    });
  });
  told.push(`${timers.count} timers left`);
  return told;
}

/** Counts what it is to do; in virtual time all that is left at the end has been done. */
class CountedTimers implements SchedulerLike {
  count = 0;

  now(): number {
    return asyncScheduler.now();
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs?: number): Subscription {
    const timer = asyncScheduler.schedule<T>(function () {
      timer.unsubscribe();
      Reflect.apply(work, this, []);
    }, delayMs);
    this.count += 1;
    timer.add(() => {
      this.count -= 1;
    });
    return timer;
  }
}
