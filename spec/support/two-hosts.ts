/** A server on the host 'db' and clients on the host 'web', in virtual time that the spec moves by hand. */
import { concat, NEVER, type Observable, of } from 'rxjs';
import {
  type Bytes,
  type Handler,
  type MemoryNetwork,
  type MemoryNetworkConfig,
  memoryNetwork,
  type TcpConnectConfig,
  type TcpServerConfig,
  tcpConnect,
  tcpServer,
} from '../../lib/index.js';
import { byHand, type Clock } from '../properties/stage.js';
import { overriding } from './overriding.js';
import { RawPeer } from './raw-peer.js';

const port = 7;

export interface TwoHostsConfig {
  readonly handler?: Handler;
  readonly network?: MemoryNetworkConfig;
  readonly server?: Partial<TcpServerConfig>;
}

export class TwoHosts {
  readonly clock: Clock;
  readonly network: MemoryNetwork;
  /** What happened, each with its instant: 'server opened', 'client closed: reset'. */
  readonly log: string[] = [];
  readonly trace: string[] = [];
  readonly #config: TwoHostsConfig;

  constructor(clock: Clock, config: TwoHostsConfig) {
    this.clock = clock;
    this.#config = config;
    this.network = memoryNetwork({ trace: (line) => this.trace.push(`${clock.now} ${line}`), ...config.network });
    this.network.host('web');
    this.serve();
  }

  /** Starts the server, once more after a crash. */
  serve(): void {
    const { handler = () => NEVER, server } = this.#config;
    tcpServer({ port, transport: this.network.host('db'), ...server }, handler).subscribe({
      next: (event) => {
        const error = 'error' in event && event.error ? ` ${event.error.code}` : '';
        this.note(`server ${event.type}${'reason' in event ? `: ${event.reason}${error}` : ''}`);
      },
      error: ({ code }) => this.note(`server failed: ${code}`),
    });
  }

  /** Sends what `source$` emits. What comes back is noted, as text. */
  client(source$: Observable<Bytes> = NEVER, config: Partial<TcpConnectConfig> = {}) {
    const connected = { next: () => this.note('client connected') };
    const options = { connected, ...config, host: 'db', port, transport: this.network.host('web') };
    return source$.pipe(tcpConnect(options)).subscribe({
      next: (chunk) => this.note(`client received ${chunk}`),
      error: ({ code }) => this.note(`client failed: ${code}`),
      complete: () => this.note('client completed'),
    });
  }

  rawPeer(): RawPeer {
    const web = this.network.host('web');
    return new RawPeer(overriding(web, { connect: (options) => web.connect({ ...options, host: 'db' }) }), port);
  }

  note(what: string): void {
    this.log.push(`${this.clock.now} ${what}`);
  }

  /** Of the trace, the lines that have this in them. */
  lines(part: string): string[] {
    return this.trace.filter((line) => line.includes(part));
  }

  readonly partition = () => this.network.partition('web', 'db');
  readonly repair = () => this.network.repair('web', 'db');
  readonly hold = () => this.network.hold('web', 'db');
  readonly release = () => this.network.release('web', 'db');

  /** Moves to that instant. */
  at(instant: number): this {
    this.clock.advance(instant - this.clock.now);
    return this;
  }
}

export function onTwoHosts<T>(config: TwoHostsConfig, act: (hosts: TwoHosts) => T): T {
  return byHand((clock) => act(new TwoHosts(clock, config)));
}

/** Emits these, and does not complete: the connection stays open. */
export const openWith = (...words: string[]): Observable<string> => concat(of(...words), NEVER);
