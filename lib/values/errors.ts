/** Errors at run time: one class, with a code that names the condition. */
import { inspect } from 'node:util';

/** Every `code` of a `TcpError`, with its meaning. */
export const errorCodes = Object.freeze({
  ERR_ADDRESS_IN_USE: 'a listener or an outgoing connection already uses the port, or a file the path',
  ERR_ADDRESS_NOT_AVAILABLE: 'this machine cannot use the host, the path or the descriptor',
  ERR_PERMISSION_DENIED: 'the system does not permit this process to use the host, port or path',
  ERR_HOST_NOT_FOUND: 'the host name does not resolve to an address',
  ERR_CONNECTION_REFUSED: 'no server listens at that host and port, or path, or its accept queue is full',
  ERR_CONNECTION_RESET: 'the peer or the network reset the connection',
  ERR_CONNECTION_TIMED_OUT: 'the peer stopped acknowledging data, or did not answer the attempt to connect in time',
  ERR_UNREACHABLE: 'no network route leads to the peer',
  ERR_TOO_MANY_FILES: 'the process or the system has no file descriptor left',
  ERR_TIME_LIMIT: 'a client gave up: its peer sent no data, or accepted none, for too long',
  ERR_OVERFLOW: 'a client gave up: its source emitted more than maxUnsentBytes ahead of its peer',
  ERR_FRAME_TOO_LONG: 'a frame, or a line, is longer than maxBytes',
  ERR_FRAME_INCOMPLETE: 'a stream of frames ended within a frame',
  ERR_FRAME_INVALID: 'a frame to send holds its delimiter, or a received length is shorter than itself',
  ERR_PROXY_PROTOCOL: 'a connection did not begin with a valid PROXY protocol header',
  ERR_TLS_FAILED: 'a TLS handshake failed or took too long, a certificate was not trusted, or what came was not TLS',
  ERR_TLS_CERTIFICATE: 'a key, a certificate or an option of tls cannot be used',
  ERR_NOT_SUPPORTED: 'this version of Node, or the transport, cannot do what an option asks for',
  ERR_CHUNKS_LOCKED: 'chunks$ already has a subscriber, and takes one at a time',
  ERR_HANDLER_FAILED: 'the handler or `accept` threw, its replies errored, or a reply was neither bytes nor a string',
  ERR_SYSTEM: 'another failure of the operating system; cause has the details',
} as const);

/** The `code` of a `TcpError`: a key of `errorCodes`. */
export type ErrorCode = keyof typeof errorCodes;

/** A failure of a connection, a listener, a client or a stream of frames. `cause` is the error underneath, if there is one. */
export class TcpError extends Error {
  override readonly name = 'TcpError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Prints what was thrown, which can be any value, in one line. */
export function describeCause(cause: unknown): string {
  try {
    if (cause instanceof Error) return String(cause.message);
    return printed(cause);
  } catch {
    return 'a value that cannot be printed';
  }
}

/** In one line; a string in quotes. `compact`: by itself `inspect` breaks a list of more than six members into lines. */
export function printed(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, compact: true });
}
