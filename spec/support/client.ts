/** A client on Node's sockets that does what specs ask for, abuse included. */
import { EventEmitter, once } from 'node:events';
import net from 'node:net';

export interface ClientOptions {
  readonly host?: string;
  /** Of a Unix socket, in place of host and port. */
  readonly path?: string | undefined;
  /** False: it reads nothing, and takes only what its kernel buffers. */
  readonly reads?: boolean;
  /** True: it keeps its side open when the server has ended its own. */
  readonly keepsOpen?: boolean;
}

export class Client {
  readonly socket: net.Socket;
  receivedBytes = 0;
  /** How the server's side ended, once it has. */
  ending: 'ended' | 'reset' | undefined;
  readonly #chunks: Buffer[] = [];
  readonly #isUnix: boolean;
  readonly #news = new EventEmitter().setMaxListeners(0);

  static async connect(
    port: number | string,
    { host = '127.0.0.1', path, reads = true, keepsOpen = false }: ClientOptions = {},
  ): Promise<Client> {
    const client = new Client(
      net.connect({ ...(path ? { path } : { port: Number(port), host, noDelay: true }), allowHalfOpen: true }),
      path !== undefined,
    );
    // A server that resets at once may do so before the socket is told that it is connected.
    await new Promise((resolve) => client.socket.once('connect', resolve).once('close', resolve));
    if (!keepsOpen) client.socket.on('end', () => client.end());
    if (reads) client.read();
    return client;
  }

  /** The server's end, for a server of the spec's own. It reads once it is told to. */
  static accepted(socket: net.Socket): Client {
    return new Client(socket);
  }

  private constructor(socket: net.Socket, isUnix = false) {
    this.socket = socket;
    this.#isUnix = isUnix;
    socket.on('error', () => this.#end('reset'));
    socket.on('end', () => this.#end('ended'));
    socket.on('close', () => this.#end('ended'));
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** What the kernel has taken of what was sent. */
  get acceptedBytes(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  read(): void {
    this.socket.on('data', (chunk) => this.#take(chunk));
  }

  /** Reads that many bytes a second: a constant, or a function of the second. */
  readSlowly(rate: number | ((second: number) => number)): void {
    const startedAt = performance.now();
    this.socket.on('data', (chunk) => {
      this.#take(chunk);
      const bytesPerSecond = typeof rate === 'number' ? rate : rate((performance.now() - startedAt) / 1_000);
      this.socket.pause();
      setTimeout(() => this.socket.resume(), (chunk.length / bytesPerSecond) * 1_000);
    });
  }

  /** Resolves once the kernel has taken all of it. */
  async send(bytes: Uint8Array | string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Sends as fast as the kernel takes it, until the returned function is called. */
  flood(block: Uint8Array = Buffer.alloc(65_536)): () => void {
    let flooding = true;
    const more = (): void => {
      while (flooding && this.socket.writable && this.socket.write(block));
    };
    this.socket.on('drain', more);
    more();
    return () => {
      flooding = false;
    };
  }

  /** Sends single bytes, each in a segment of its own where the server keeps up. */
  async dribble(count: number, spacingMs: number): Promise<void> {
    for (let sent = 0; sent < count && this.socket.writable; sent += 1) {
      this.socket.write(Buffer.of(sent % 251));
      for (const until = performance.now() + spacingMs; performance.now() < until; );
      if (sent % 64 === 0) await new Promise(setImmediate);
    }
  }

  end(bytes: Uint8Array | string = ''): this {
    this.socket.end(bytes);
    return this;
  }

  /** A Unix socket has no reset. */
  reset(): void {
    if (this.#isUnix) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  /** What has arrived, once it is that much; less where the connection ends before. */
  async bytes(count: number): Promise<Buffer> {
    while (this.receivedBytes < count && this.ending === undefined) await once(this.#news, 'news');
    return this.received;
  }

  /** All that arrives up to the server's FIN. */
  async all(): Promise<Buffer> {
    if ((await this.ended()) === 'reset') throw new Error(`reset after ${this.receivedBytes} bytes of reply`);
    return this.received;
  }

  async ended(): Promise<'ended' | 'reset'> {
    while (this.ending === undefined) await once(this.#news, 'news');
    return this.ending;
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.receivedBytes += chunk.length;
    this.#news.emit('news');
  }

  #end(ending: 'ended' | 'reset'): void {
    this.ending ??= ending;
    this.#news.emit('news');
  }
}
