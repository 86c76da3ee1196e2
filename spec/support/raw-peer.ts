/** A peer at the level of the transport contract, which can do what no well-behaved client does. */
import { filter, map, type Observable, ReplaySubject, take } from 'rxjs';
import {
  type Bytes,
  defaults,
  type SocketEvents,
  type TcpError,
  type Transport,
  type TransportSocket,
} from '../../lib/index.js';

export type News = 'connected' | 'chunk' | 'ended' | 'drained' | 'failed' | 'closed';

export class RawPeer implements SocketEvents {
  readonly socket: TransportSocket;
  readonly news$ = new ReplaySubject<News>();
  received = '';
  receivedBytes = 0;
  failure: TcpError | undefined;

  constructor(transport: Pick<Transport, 'connect'>, port: number) {
    const { host, noDelay, keepAliveMs } = defaults.connect;
    const options = { host, port, noDelay, keepAliveMs };
    this.socket = transport.connect(options);
    this.socket.open(this);
  }

  /** Emits the peer once that news has arrived, at once where it already has. */
  when(news: News): Observable<this> {
    return this.news$.pipe(
      filter((each) => each === news),
      take(1),
      map(() => this),
    );
  }

  /** Emits the peer once it has received that many bytes. */
  whenReceived(bytes: number): Observable<this> {
    return this.news$.pipe(
      filter(() => this.receivedBytes >= bytes),
      take(1),
      map(() => this),
    );
  }

  send(bytes: Bytes): void {
    this.socket.write(Buffer.from(bytes as string));
  }

  connected(): void {
    this.news$.next('connected');
  }

  chunk(chunk: Buffer): void {
    this.received += chunk.toString('latin1');
    this.receivedBytes += chunk.length;
    this.news$.next('chunk');
  }

  peerEnded(): void {
    this.news$.next('ended');
  }

  uncorked(): void {}

  drained(): void {
    this.news$.next('drained');
  }

  failed(error: TcpError): void {
    this.failure = error;
    this.news$.next('failed');
  }

  closed(): void {
    this.news$.next('closed');
  }
}
