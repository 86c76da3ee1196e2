/** What can go wrong at run time: one class, and a code that names the condition. */
import { inspect } from 'node:util';

/** The codes, each with the sentence that its documentation gives it. */
export const errorCodes = Object.freeze({
  ERR_ADDRESS_IN_USE: 'the port is taken, by another listener or by an outgoing connection',
  ERR_ADDRESS_NOT_AVAILABLE: 'the host is no address that this machine can use so',
  ERR_PERMISSION_DENIED: 'the system does not let this process use the port',
  ERR_HOST_NOT_FOUND: 'the name has no address',
  ERR_CONNECTION_REFUSED: 'nobody listens there',
  ERR_CONNECTION_RESET: 'the peer, or the network, broke the connection off',
  ERR_CONNECTION_TIMED_OUT: 'the peer stopped acknowledging, or never did',
  ERR_UNREACHABLE: 'no route leads to the peer',
  ERR_TOO_MANY_FILES: 'the process, or the system, has no file descriptor left',
  ERR_TIME_LIMIT: 'a client gave up: its peer was silent, or took nothing, for too long',
  ERR_CHUNKS_LOCKED: 'a second subscriber came to chunks$ while the first was still there',
  ERR_HANDLER_FAILED: 'the handler threw, errored, or replied with what is not bytes',
  ERR_SYSTEM: 'any other failure of the operating system; its cause has the details',
} as const);

export type ErrorCode = keyof typeof errorCodes;

/** An error of a connection, a listener or a client. `cause` is the error underneath, where there is one. */
export class TcpError extends Error {
  override readonly name = 'TcpError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What was thrown, in a line. It may be anything, even what cannot be printed. */
export function describeCause(cause: unknown): string {
  try {
    return cause instanceof Error
      ? String(cause.message)
      : inspect(cause, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  } catch {
    return 'something that cannot be printed';
  }
}

/** System error codes (errno(3), getaddrinfo(3)), by what they mean to a user of TCP, with what to do about each. */
const conditions: Record<string, readonly [code: ErrorCode, advice: string]> = {
  EADDRINUSE: ['ERR_ADDRESS_IN_USE', 'the address is in use; stop what holds it or choose another port'],
  EADDRNOTAVAIL: ['ERR_ADDRESS_NOT_AVAILABLE', 'no such address can be used here; choose one of this machine'],
  EAFNOSUPPORT: ['ERR_ADDRESS_NOT_AVAILABLE', 'this machine does not speak that address family; choose another host'],
  EINVAL: ['ERR_ADDRESS_NOT_AVAILABLE', 'the system does not accept that address; choose another host'],
  EACCES: [
    'ERR_PERMISSION_DENIED',
    'permission denied; a port below 1024 needs a right that this process does not have',
  ],
  EPERM: ['ERR_PERMISSION_DENIED', 'not permitted; check the firewall and the rights of this process'],
  ENOTFOUND: ['ERR_HOST_NOT_FOUND', 'the name has no address; check its spelling'],
  EAI_AGAIN: ['ERR_HOST_NOT_FOUND', 'the name could not be looked up; check the name server and try again'],
  ECONNREFUSED: ['ERR_CONNECTION_REFUSED', 'nobody listens there; start the server or check host and port'],
  ECONNRESET: ['ERR_CONNECTION_RESET', 'the peer broke the connection off'],
  ECONNABORTED: ['ERR_CONNECTION_RESET', 'the connection was broken off'],
  EPIPE: ['ERR_CONNECTION_RESET', 'the peer has closed the connection'],
  ETIMEDOUT: ['ERR_CONNECTION_TIMED_OUT', 'the peer does not answer; check the network in between'],
  EHOSTUNREACH: ['ERR_UNREACHABLE', 'no route leads to that host'],
  ENETUNREACH: ['ERR_UNREACHABLE', 'no route leads to that network'],
  EMFILE: ['ERR_TOO_MANY_FILES', 'this process has no file descriptor left; raise its limit (ulimit -n)'],
  ENFILE: ['ERR_TOO_MANY_FILES', 'the system has no file descriptor left'],
};

/** `what` failed, on what: "Could not listen on 127.0.0.1:80". */
export function systemError(cause: NodeJS.ErrnoException, what: string, hint = ''): TcpError {
  const [code, advice] = conditions[cause.code ?? ''] ?? (['ERR_SYSTEM', cause.message] as const);
  return new TcpError(code, `${what}: ${advice}${hint}`, { cause });
}
