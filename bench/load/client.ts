/** One connection of the load generator: sends messages, checks every reply, and knows when each message was due. */
import { connect, type Socket } from 'node:net';
import Queue from 'yocto-queue';
import { frameBytes, patternAt } from './pattern.js';
import type { Target } from './plan.js';
import { ReplyReader } from './reply-reader.js';

export interface ClientEvents {
  readonly messageBytes: number;
  /** One read has completed the replies to these messages, oldest first: when each was due. */
  answered(client: Client, dueMs: readonly number[]): void;
  /** A wrong reply, or the connection is lost; called once. */
  fault(message: string): void;
}

/** All connections read into the same memory: each read is checked before the next one. */
const slab = Buffer.allocUnsafe(262_144);
/** How far apart in the pattern two connections start. */
const stride = 7_919 * frameBytes;
/** So many connections are opened at once: fewer than any backlog. */
const opening = 100;

export class Client {
  readonly index: number;
  readonly socket: Socket;
  readonly #messageBytes: number;
  readonly #dueMs = new Queue<number>();
  #sentBytes: number;
  /** Of the oldest message that has no complete reply. */
  #answeredBytes = 0;
  #over = false;

  /** Connects at once. */
  constructor({ host, port, reply, localAddress }: Target, index: number, events: ClientEvents) {
    this.index = index;
    this.#messageBytes = events.messageBytes;
    this.#sentBytes = index * stride;
    const reader = new ReplyReader(reply, this.#sentBytes);
    const fail = (message: string): void => {
      if (this.#over) return;
      this.close();
      events.fault(message);
    };
    const callback = (length: number): boolean => {
      try {
        const bytes = reader.read(slab.subarray(0, length));
        if (bytes > 0 && !this.#over) events.answered(this, this.#complete(bytes));
      } catch (error) {
        fail((error as Error).message);
      }
      return true;
    };
    this.socket = connect({ host, port, localAddress, noDelay: true, onread: { buffer: slab, callback } });
    this.socket.on('error', (error) => fail(error.message));
    this.socket.on('close', () => fail('The server closed a connection'));
  }

  /** In one write. */
  send(messages: number, dueMs: number): void {
    for (let message = 0; message < messages; message++) this.#dueMs.enqueue(dueMs);
    this.write(messages * this.#messageBytes);
  }

  /** Sends bytes; their replies do not matter. False: wait for 'drain'. */
  write(bytes: number): boolean {
    const data = patternAt(this.#sentBytes, bytes);
    this.#sentBytes += bytes;
    return this.socket.write(data);
  }

  /** When the messages without a complete reply were due. */
  unanswered(): Iterable<number> & { readonly size: number } {
    return this.#dueMs;
  }

  /** By a reset, so that no port is left in TIME_WAIT. */
  close(): void {
    this.#over = true;
    this.socket.resetAndDestroy();
  }

  #complete(bytes: number): number[] {
    const dueMs: number[] = [];
    this.#answeredBytes += bytes;
    for (; this.#answeredBytes >= this.#messageBytes; this.#answeredBytes -= this.#messageBytes) {
      dueMs.push(this.#dueMs.dequeue() ?? Number.NaN);
    }
    return dueMs;
  }
}

/** Opens `count` connections. One that cannot be opened is reported as a fault and left out. */
export async function openClients(
  target: Target,
  count: number,
  events: ClientEvents,
  firstIndex = 0,
): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < count) {
    const batch = Array.from({ length: Math.min(opening, count - clients.length) }, (_, index) => {
      return new Client(target, firstIndex + clients.length + index, events);
    });
    await Promise.all(batch.map(connectedOrClosed));
    clients.push(...batch);
  }
  return clients.filter(({ socket }) => !socket.destroyed);
}

function connectedOrClosed({ socket }: Client): Promise<void> {
  return new Promise((resolve) => {
    socket.once('connect', resolve).once('close', () => resolve());
  });
}
