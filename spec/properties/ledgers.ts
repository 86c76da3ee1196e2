/** The counters of each connection, compared with what its handler has seen. */
import { isObservable, tap } from 'rxjs';
import type { Connection, Handler } from '../../lib/index.js';

interface Ledger {
  readonly connection: Connection;
  /** Bytes that the handler was given. */
  delivered: number;
  /** Bytes that the handler replied. */
  emitted: number;
}

export class Ledgers {
  readonly #ledgers = new Map<Connection, Ledger>();
  /** The first contradiction: what a handler throws ends its connection, and is not seen here. */
  #contradiction: string | undefined;

  /** The same handler, with its bytes counted; the counters are compared at each chunk and reply. */
  audit(handler: Handler): Handler {
    return (chunks$, connection) => {
      const ledger = { connection, delivered: 0, emitted: 0 };
      this.#ledgers.set(connection, ledger);
      const counted$ = chunks$.pipe(
        tap((chunk) => {
          ledger.delivered += chunk.length;
          this.#look(ledger);
        }),
      );
      const replies = handler(counted$, connection);
      if (!isObservable(replies)) {
        this.#ledgers.delete(connection); // to count what is pulled would be to push it
        return replies;
      }
      return replies.pipe(
        tap((reply) => {
          this.#look(ledger);
          if (typeof reply === 'string' || reply instanceof Uint8Array) ledger.emitted += Buffer.byteLength(reply);
        }),
      );
    };
  }

  /** Throws where the counters of a connection, be it open or closed, contradict each other now, or ever did. */
  check(): void {
    for (const ledger of this.#ledgers.values()) this.#look(ledger);
    if (this.#contradiction !== undefined) throw new Error(this.#contradiction);
  }

  #look({ connection, delivered, emitted }: Ledger): void {
    const { id, bytesRead, bytesHeld, bytesDiscarded, bytesWritten, bytesUnsent } = connection;
    const figures = { bytesRead, bytesHeld, bytesDiscarded, bytesWritten, bytesUnsent, delivered, emitted };
    const balances =
      Object.values(figures).every((figure) => Number.isSafeInteger(figure) && figure >= 0) &&
      bytesRead === delivered + bytesHeld + bytesDiscarded &&
      emitted === bytesWritten + bytesUnsent;
    if (!balances) this.#contradiction ??= `Connection ${id} does not balance: ${JSON.stringify(figures)}`;
  }
}
