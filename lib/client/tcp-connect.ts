/** The client: outgoing bytes in, incoming bytes out. */
import { Observable, type OperatorFunction } from 'rxjs';
import type { Closing } from '../connection/connection.js';
import { PeerConnection } from '../connection/peer-connection.js';
import { formatAddress } from '../values/address.js';
import type { Bytes } from '../values/bytes.js';
import { monotonicClock } from '../values/clock.js';
import { TcpError } from '../values/errors.js';
import { TimerHeap } from '../values/timer-heap.js';
import { connectOptions, type TcpConnectConfig } from './connect-config.js';

/**
 * Connects to a server, sends what the source emits and emits what the server sends.
 *
 * Cold: each subscription connects, then subscribes to the source; unsubscribing closes the connection. The source's
 * completion is FIN; the peer's FIN completes the result, once all that was emitted is sent. Errors with the source's
 * error or a TcpError: ERR_CONNECTION_REFUSED, ERR_CONNECTION_RESET, ERR_CONNECTION_TIMED_OUT, ERR_HOST_NOT_FOUND,
 * ERR_UNREACHABLE, ERR_TIME_LIMIT, ERR_TOO_MANY_FILES, ERR_PERMISSION_DENIED, ERR_ADDRESS_NOT_AVAILABLE, ERR_SYSTEM.
 *
 * What the source emits faster than the peer takes it is kept in memory; `writable` tells a source that can wait. What
 * comes in is emitted at once: a subscriber that works synchronously is never outrun.
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example of('hello').pipe(tcpConnect({ port: 50007 })).subscribe((chunk) => console.log(String(chunk)));
 */
export function tcpConnect(config: number | TcpConnectConfig): OperatorFunction<Bytes, Buffer> {
  const { transport, ...options } = connectOptions(config);
  const timers = new TimerHeap(options.scheduler);
  return (source$) =>
    new Observable((subscriber) => {
      const socket = transport.connect(options);
      const connection = new PeerConnection(1, socket, {
        ...options,
        handler: (chunks$) => {
          chunks$.subscribe({ next: (chunk) => subscriber.next(chunk), complete: () => connection.complete() });
          return source$;
        },
        highWaterMarkBytes: Number.POSITIVE_INFINITY, // what it sends does not answer what it reads
        maxChunkBytes: Number.POSITIVE_INFINITY,
        maxLifetimeMs: Number.POSITIVE_INFINITY,
        halfCloseTimeoutMs: Number.POSITIVE_INFINITY,
        clock: monotonicClock(options.scheduler),
        timers,
        onClosed: (_, closing) => {
          if (closing.reason === 'ended') subscriber.complete();
          else subscriber.error(errorOf(closing, options));
        },
      });
      socket.open(connection);
      return () => connection.close('aborted');
    });
}

function errorOf({ reason, error }: Closing, server: { readonly host: string; readonly port: number }): unknown {
  if (reason === 'failed') return error?.cause; // the source's own
  if (reason === 'reset') return error;
  return new TcpError('ERR_TIME_LIMIT', `Gave up on ${formatAddress(server)}: the connection was ${reason} too long`);
}
