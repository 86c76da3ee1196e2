/** Clients that each send a message every so often, connect again whenever they are disconnected, and lose count of nothing. */
import net from 'node:net';

export interface Load {
  readonly host: string;
  readonly port: number;
  readonly clients: number;
  readonly messagesPerSecond: number;
  /** After so many messages a client ends its side, and connects again once it has all replies. */
  readonly messagesPerConnection: number;
}

const messageBytes = 64;

/**
 * A message is answered by itself. It is *lost* if its connection was reset before the whole answer came, and *returned* if the
 * connection ended in order before any of it came: then no server has taken it, and it is sent again.
 */
export class SteadyClients {
  sent = 0;
  answered = 0;
  returned = 0;
  lost = 0;
  /** Answers that are not the message. */
  wrong = 0;
  receivedBytes = 0;
  /** Connections that could not be made. */
  refused = 0;
  /** Connections that were reset. */
  resets = 0;
  /** HOST:PORT of each connection, as the servers should see it. */
  readonly addresses = new Set<string>();
  readonly #load: Load;
  readonly #clients: SteadyClient[];
  #timer: NodeJS.Timeout | undefined;

  constructor(load: Load) {
    this.#load = load;
    this.#clients = Array.from({ length: load.clients }, (_, index) => new SteadyClient(this, load, index));
  }

  /** Sends at the given rate, also after a pause of the process. */
  start(): void {
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / 1_000) * this.#load.messagesPerSecond);
      while (this.sent < due) this.#clients[this.sent % this.#clients.length]?.send(messageOf(this.sent++));
    }, 5);
  }

  /** Sends no more. Resolves once each message is answered or lost. */
  async finish(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#clients.map((client) => client.finish()));
  }

  abort(): void {
    clearInterval(this.#timer);
    for (const client of this.#clients) client.abort();
  }
}

/** No two are equal, so that an answer to another message is a wrong one. */
function messageOf(index: number): string {
  return `${index} `.padEnd(messageBytes - 1, 'rxjs-tcp ').concat('\n');
}

class SteadyClient {
  readonly #all: SteadyClients;
  readonly #load: Load;
  /** Each client has an address of its own: all of 127.0.0.0/8 is this machine. */
  readonly #localAddress: string;
  /** In the order in which they are sent: first those that are under way. */
  #unanswered: string[] = [];
  #underWay = 0;
  #socket: net.Socket | undefined;
  #sentHere = 0;
  #received = '';
  #finished: (() => void) | undefined;

  constructor(all: SteadyClients, load: Load, index: number) {
    this.#all = all;
    this.#load = load;
    this.#localAddress = `127.200.${index >> 8}.${(index & 255) + 1}`;
  }

  send(message: string): void {
    this.#unanswered.push(message);
    if (this.#socket === undefined) this.#connect();
    else this.#writeNext();
  }

  finish(): Promise<void> {
    return new Promise((resolve) => {
      this.#finished = resolve;
      if (this.#socket === undefined) resolve();
      else if (this.#unanswered.length === 0) this.#socket.end();
    });
  }

  abort(): void {
    this.#finished = () => {};
    this.#unanswered = [];
    this.#socket?.resetAndDestroy();
  }

  #connect(): void {
    const { host, port } = this.#load;
    const socket = net.connect({ host, port, localAddress: this.#localAddress, allowHalfOpen: true, noDelay: true });
    this.#socket = socket;
    this.#received = '';
    this.#underWay = 0;
    this.#sentHere = 0;
    let isConnected = false;
    let isReset = false;
    socket.once('connect', () => {
      isConnected = true;
      this.#all.addresses.add(`${this.#localAddress}:${socket.localPort}`);
    });
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.once('end', () => socket.end());
    socket.once('error', () => {
      isReset = true;
    });
    socket.once('close', () => {
      if (isConnected) this.#ended(isReset);
      else this.#all.refused += 1;
      this.#socket = undefined;
      if (this.#unanswered.length > 0 && isConnected) this.#connect();
      else this.#finished?.();
    });
    for (const _ of this.#unanswered) this.#writeNext();
  }

  #writeNext(): void {
    const { messagesPerConnection } = this.#load;
    if (this.#sentHere === messagesPerConnection) return;
    this.#socket?.write(this.#unanswered[this.#underWay] as string);
    this.#underWay += 1;
    this.#sentHere += 1;
    if (this.#sentHere === messagesPerConnection) this.#socket?.end();
  }

  #receive(chunk: Buffer): void {
    this.#all.receivedBytes += chunk.length;
    this.#received += chunk.toString('latin1');
    while (this.#received.length >= messageBytes) {
      const reply = this.#received.slice(0, messageBytes);
      this.#received = this.#received.slice(messageBytes);
      if (reply !== this.#unanswered.shift()) this.#all.wrong += 1;
      this.#underWay -= 1;
      this.#all.answered += 1;
    }
    if (this.#finished !== undefined && this.#unanswered.length === 0) this.#socket?.end();
  }

  #ended(isReset: boolean): void {
    const hasPart = this.#received !== '';
    const lost = isReset ? this.#underWay : Number(hasPart);
    if (isReset) this.#all.resets += 1;
    this.#all.lost += lost;
    this.#all.returned += this.#underWay - lost;
    this.#unanswered = this.#unanswered.slice(lost);
  }
}
