/** One connection of the load generator. */
import { connect, type Socket } from 'node:net';
import { patternAt } from './pattern.js';
import type { ReplyFormat, Target } from './plan.js';
import { ReplyReader } from './reply-reader.js';

export interface ClientEvents {
  /** So many bytes that were sent are now answered in full. */
  answered(client: Client, bytes: number): void;
  /** A wrong answer, or the connection is gone; told once. */
  fault(client: Client, message: string): void;
}

/** All read into the same memory: each read is checked before the next one. */
const slab = Buffer.allocUnsafe(262_144);
/** How far apart two connections begin in the pattern. */
const stride = 7_919;
/** As many connections are opened at once: fewer than any backlog. */
const opening = 100;

export class Client {
  readonly index: number;
  readonly socket: Socket;
  #sentBytes: number;
  #over = false;

  /** Connects at once; `connected` is told when it has. */
  constructor(target: Target, reply: ReplyFormat, index: number, events: ClientEvents, connected: () => void) {
    this.index = index;
    this.#sentBytes = index * stride;
    const reader = new ReplyReader(reply, this.#sentBytes);
    const fail = (message: string): void => {
      if (this.#over) return;
      this.close();
      events.fault(this, message);
    };
    this.socket = connect({
      ...target,
      noDelay: true,
      onread: {
        buffer: slab,
        callback: (length) => {
          try {
            const bytes = reader.read(slab.subarray(0, length));
            if (bytes > 0 && !this.#over) events.answered(this, bytes);
          } catch (error) {
            fail((error as Error).message);
          }
          return true;
        },
      },
    });
    this.socket.on('connect', connected);
    this.socket.on('error', (error) => fail(error.message));
    this.socket.on('close', () => fail('The server closed a connection'));
  }

  /** Whether more may be sent before 'drain'. */
  send(bytes: number): boolean {
    const data = patternAt(this.#sentBytes, bytes);
    this.#sentBytes += bytes;
    return this.socket.write(data);
  }

  /** By a reset, so that no port is left waiting. */
  close(): void {
    this.#over = true;
    this.socket.resetAndDestroy();
  }
}

/** Opens `count` connections, or fewer where some cannot be: those are told as faults. */
export async function openClients(
  target: Target,
  reply: ReplyFormat,
  count: number,
  events: ClientEvents,
  firstIndex = 0,
): Promise<Client[]> {
  const clients: Client[] = [];
  let next = 0;
  const openRest = async (): Promise<void> => {
    while (next < count) {
      const index = firstIndex + next++;
      await new Promise<void>((resolve) => {
        const client = new Client(target, reply, index, events, () => {
          clients.push(client);
          resolve();
        });
        client.socket.on('close', () => resolve());
      });
    }
  };
  await Promise.all(Array.from({ length: opening }, openRest));
  return clients;
}
