/** What a user writes: the answer to one peer. */
import type { Observable } from 'rxjs';
import type { Bytes } from '../values/bytes.js';
import type { Connection } from './connection.js';

/**
 * Takes the stream of chunks that a peer sends and returns the stream of replies. Called once for each connection.
 *
 * `chunks$` completes with the peer's FIN; when the replies complete, FIN follows the last of them. It has one subscriber
 * at a time; what comes while it has none waits, and is the next one's first chunk. A connection that breaks unsubscribes
 * from the replies. Replies that error, a handler that throws: this one connection closes, with the reason `failed`.
 *
 * How TCP cuts the bytes into chunks means nothing: a chunk can hold half a message, or three.
 */
export type Handler = (chunks$: Observable<Buffer>, connection: Connection) => Observable<Bytes>;
