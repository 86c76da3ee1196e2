/** The client: outgoing bytes in, incoming bytes out. */
import { Observable, type OperatorFunction } from 'rxjs';
import { type Closing, PeerConnection } from '../connection/peer-connection.js';
import { SilenceWatch } from '../connection/silence-watch.js';
import { type Address, formatAddress } from '../values/address.js';
import type { Bytes } from '../values/bytes.js';
import { monotonicClock } from '../values/clock.js';
import { TcpError } from '../values/errors.js';
import { connectOptions, type TcpConnectConfig } from './connect-config.js';

/**
 * Connects, sends what the source emits and emits what the peer sends.
 *
 * Cold: each subscription is a connection of its own, and the source is subscribed to once it stands. The source's completion
 * is FIN; the result goes on until the peer's. The peer's FIN is the result's completion, once what was emitted is sent.
 * Unsubscribing closes the connection. Errors with the source's error, or with a TcpError: ERR_CONNECTION_REFUSED,
 * ERR_CONNECTION_RESET, ERR_CONNECTION_TIMED_OUT, ERR_HOST_NOT_FOUND, ERR_UNREACHABLE, ERR_TIME_LIMIT,
 * ERR_TOO_MANY_FILES, ERR_PERMISSION_DENIED, ERR_ADDRESS_NOT_AVAILABLE, ERR_SYSTEM.
 *
 * What the source emits faster than the peer takes it is kept in memory; a source that can wait is told by `writable`.
 * What comes in is emitted at once: a subscriber that works synchronously is never outrun.
 *
 * @throws TypeError, RangeError for an option that is unknown or out of range
 * @example of('hello').pipe(tcpConnect({ port: 50007 })).subscribe((chunk) => console.log(String(chunk)));
 */
export function tcpConnect(config: number | TcpConnectConfig): OperatorFunction<Bytes, Buffer> {
  const { transport, ...options } = connectOptions(config);
  const server = { host: options.host, port: options.port };
  return (source$) =>
    new Observable((subscriber) => {
      const socketOptions = { ...options, highWaterMarkBytes: Number.POSITIVE_INFINITY };
      const socket = transport.connect(socketOptions, () => {
        connection.handle((chunks$) => {
          chunks$.subscribe({ next: (chunk) => subscriber.next(chunk), complete: () => connection.complete() });
          return source$;
        });
      });
      const clock = monotonicClock(options.scheduler);
      const connection = new PeerConnection(
        1,
        socket,
        {
          ...socketOptions, // what it sends is no answer to what it reads, and must not stop the reading
          maxChunkBytes: Number.POSITIVE_INFINITY,
          maxLifetimeMs: Number.POSITIVE_INFINITY,
          halfCloseTimeoutMs: Number.POSITIVE_INFINITY,
          clock,
          silence: new SilenceWatch(() => [connection], options.scheduler, clock, options.writeTimeoutMs),
        },
        (_, closing) => {
          if (closing.reason === 'ended') subscriber.complete();
          else subscriber.error(errorOf(closing, server));
        },
      );
      socket.open(connection);
      return () => connection.abort();
    });
}

function errorOf({ reason, error }: Closing, server: Address): unknown {
  switch (reason) {
    case 'failed':
      return error?.cause; // the source's own
    case 'reset':
      return error;
    default:
      return new TcpError(
        'ERR_TIME_LIMIT',
        `Gave up on ${formatAddress(server)}: the connection was ${reason} too long`,
      );
  }
}
