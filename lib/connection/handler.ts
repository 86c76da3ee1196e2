/** The function that a user writes: it answers one peer. */
import type { Observable, ObservableInput } from 'rxjs';
import type { Bytes } from '../values/bytes.js';
import type { Connection } from './connection.js';

/**
 * Takes the chunks that a peer sends and returns the replies. Called once for each connection.
 *
 * - `chunks$` completes with the peer's FIN. It takes one subscriber at a time: a second one fails the handler, with the
 *   cause ERR_CHUNKS_LOCKED. Chunks that come while it has none wait, up to `highWaterMarkBytes`, and are the next one's
 *   first chunk. TCP may cut the bytes anywhere.
 * - An Observable of replies pushes: what its peer does not take waits in memory, up to `maxUnsentBytes`. An iterable, such as an
 *   async generator, a Node Readable or a web ReadableStream, is pulled: asked for the next reply when there is room for it, and
 *   returned when the connection ends.
 * - The completion of the replies sends FIN after the last one. The end of the connection unsubscribes from them.
 * - If the handler throws or the replies error, this connection alone is reset with the reason `failed`, and replies that
 *   are not sent are lost. An Observable that the handler subscribes to itself has to handle its own errors.
 */
export type Handler = (chunks$: Observable<Buffer>, connection: Connection) => ObservableInput<Bytes>;
