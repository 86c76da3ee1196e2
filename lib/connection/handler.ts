/** What a user writes: the answer to one peer. */
import type { Observable } from 'rxjs';
import type { Bytes } from '../values/bytes.js';
import type { Connection } from './connection.js';

/**
 * Takes the stream of chunks that a peer sends and returns the stream of replies. Called once for each connection.
 *
 * `chunks$` completes with the peer's FIN; when the replies complete, FIN follows the last of them. It has one subscriber
 * at a time; what comes while it has none waits, and is the next one's first chunk. A connection that breaks unsubscribes
 * from the replies. Replies that error, a handler that throws: this one connection is reset, with the reason `failed`,
 * and replies that were still on their way go with it. What subscribes by itself inside a handler, instead of being part of
 * the replies, has to handle its own errors: RxJS reports those to the process.
 *
 * How TCP cuts the bytes into chunks means nothing: a chunk can hold half a message, or three.
 */
export type Handler = (chunks$: Observable<Buffer>, connection: Connection) => Observable<Bytes>;
