/** A server with TLS for the length of a test, and clients of it. */
import { once } from 'node:events';
import tls from 'node:tls';
import { filter, firstValueFrom, lastValueFrom, of, ReplaySubject, Subject, Subscription, take, toArray } from 'rxjs';
import { expect, onTestFinished } from 'vitest';
import {
  type Connection,
  type Handler,
  type ServerEvent,
  type TcpAddress,
  type TcpServerConfig,
  type TlsClientConfig,
  type TlsState,
  tcpConnect,
  tcpServer,
} from '../../lib/index.js';
import { authority, localhost } from './certificates.js';
import { text } from './serving.js';

type Type = ServerEvent['type'];
type EventOf<T extends Type> = Extract<ServerEvent<TcpAddress>, { type: T }>;

/** All of this file: a test with several is over when all of them are. */
const started = new Set<TlsServer>();

export class TlsServer {
  readonly events: ServerEvent[] = [];
  port = 0;
  readonly #events$ = new ReplaySubject<ServerEvent<TcpAddress>>();
  readonly #stop$ = new Subject<void>();
  readonly #subscription = new Subscription();

  /** Resolves once it listens; rejects with the error of a server that does not. */
  static async start(
    config: Partial<TcpServerConfig> = {},
    handler: Handler = (chunks$) => chunks$,
  ): Promise<TlsServer> {
    const server = new TlsServer();
    started.add(server);
    const server$ = tcpServer({ port: 0, tls: localhost(), stop$: server.#stop$, ...config }, handler);
    server.#events$.subscribe({ next: (event) => server.events.push(event), error: () => {} });
    server.#subscription.add(server$.subscribe(server.#events$));
    onTestFinished(async () => {
      for (const each of started) each.unsubscribe();
      await expect.poll(openSockets, { message: 'sockets left open' }).toEqual([]);
    });
    server.port = (await server.first('listening')).address.port;
    return server;
  }

  /** The first events of that type, once they have come. */
  nth<T extends Type>(type: T, count: number): Promise<EventOf<T>[]> {
    const events$ = this.#events$.pipe(filter((event): event is EventOf<T> => event.type === type));
    return firstValueFrom(events$.pipe(take(count), toArray()));
  }

  async first<T extends Type>(type: T): Promise<EventOf<T>> {
    const [event] = await this.nth(type, 1);
    return event as EventOf<T>;
  }

  /** Waits until so many peers of this process have been accepted: it has both ends of their connections. */
  async accepts(count: number): Promise<void> {
    await expect.poll(() => openSockets().length, { interval: 5 }).toBe(1 + 2 * count);
  }

  /** The end of the server, as its Observable tells it. */
  completed(): Promise<unknown> {
    return lastValueFrom(this.#events$);
  }

  unsubscribe(): void {
    this.#subscription.unsubscribe();
  }

  stop(): void {
    this.#stop$.next();
  }

  /** What it replies to the word, as our client gets it. */
  reply(word = 'hello', config: TlsClientConfig = { ca: authority().cert }): Promise<string> {
    return lastValueFrom(of(word).pipe(tcpConnect({ port: this.port, tls: config }), text()));
  }

  /** What a client of ours says of its connection. */
  async stateOf(config: TlsClientConfig = { ca: authority().cert }): Promise<TlsState> {
    const connections$ = new ReplaySubject<Connection>();
    const target = { port: this.port, tls: config, connected: connections$ };
    await lastValueFrom(of('x').pipe(tcpConnect(target), text()));
    const { tls } = await firstValueFrom(connections$);
    return tls as TlsState;
  }

  /** A client of Node's, once its side of the handshake is complete. It is destroyed at the end of the test. */
  async client(options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
    const client = this.connecting(options);
    await once(client, 'secureConnect');
    return client;
  }

  connecting(options: tls.ConnectionOptions = {}): tls.TLSSocket {
    const target = options.socket ? {} : { port: this.port, host: '127.0.0.1' };
    const client = tls.connect({ ...target, ca: authority().cert, allowHalfOpen: true, ...options } as object);
    onTestFinished(() => void client.destroy());
    client.on('error', () => {});
    return client;
  }

  /** Waits until a client that is refused has closed. */
  async refuses(options: tls.ConnectionOptions = {}): Promise<void> {
    const client = this.connecting(options).resume();
    client.on('end', () => client.end());
    await new Promise((closed) => client.once('close', closed));
  }
}

function openSockets(): string[] {
  return process.getActiveResourcesInfo().filter((resource) => resource.startsWith('TCP'));
}
