/** Errors of the operating system, of Node and of OpenSSL: each with its code here and what to do about it. */
import { describeCause, type ErrorCode, TcpError } from '../../values/errors.js';

type Conditions = Readonly<Record<string, readonly [code: ErrorCode, advice: string]>>;

/** By their system error codes (errno(3), getaddrinfo(3)). */
const conditions: Conditions = {
  EADDRINUSE: ['ERR_ADDRESS_IN_USE', 'the address is in use; stop what holds it or choose another port'],
  EADDRNOTAVAIL: ['ERR_ADDRESS_NOT_AVAILABLE', 'this machine cannot use that address; choose one of its own'],
  EAFNOSUPPORT: ['ERR_ADDRESS_NOT_AVAILABLE', 'this machine does not support that address family; choose another host'],
  EINVAL: ['ERR_ADDRESS_NOT_AVAILABLE', 'the system rejects that address; choose another one'],
  EACCES: ['ERR_PERMISSION_DENIED', 'permission denied; choose a port above 1023, or run with more privileges'],
  EPERM: ['ERR_PERMISSION_DENIED', 'not permitted; check the firewall and the privileges of this process'],
  ERR_ACCESS_DENIED: [
    'ERR_PERMISSION_DENIED',
    "Node's permission model denies the network; start Node with --allow-net",
  ],
  ENOTFOUND: ['ERR_HOST_NOT_FOUND', 'the host name does not resolve; check its spelling'],
  EAI_AGAIN: ['ERR_HOST_NOT_FOUND', 'the host name could not be looked up; check the name server and try again'],
  ECONNREFUSED: ['ERR_CONNECTION_REFUSED', 'no server listens there; start it, or check host and port'],
  ECONNRESET: ['ERR_CONNECTION_RESET', 'the peer reset the connection'],
  ECONNABORTED: ['ERR_CONNECTION_RESET', 'the system aborted the connection'],
  EPIPE: ['ERR_CONNECTION_RESET', 'the peer has closed the connection'],
  ETIMEDOUT: ['ERR_CONNECTION_TIMED_OUT', 'the peer does not answer; check the network on the way to it'],
  EHOSTUNREACH: ['ERR_UNREACHABLE', 'no route leads to that host; check the network'],
  ENETUNREACH: ['ERR_UNREACHABLE', 'no route leads to that network; check the network settings'],
  EMFILE: ['ERR_TOO_MANY_FILES', 'this process has no file descriptor left; raise its limit (ulimit -n)'],
  ENFILE: ['ERR_TOO_MANY_FILES', 'the system has no file descriptor left; raise its limit (fs.file-max on Linux)'],
};

const noFolder = ['ERR_ADDRESS_NOT_AVAILABLE', 'a folder of that path does not exist; make it'] as const;
const nothingThere = [
  'ERR_CONNECTION_REFUSED',
  'nothing is at that path; start the server, or check the path',
] as const;

const ofPaths: Conditions = {
  EADDRINUSE: ['ERR_ADDRESS_IN_USE', 'the path is in use; stop what holds it or choose another path'],
  EINVAL: ['ERR_ADDRESS_NOT_AVAILABLE', 'the system rejects that path; choose another one'],
  ENAMETOOLONG: ['ERR_ADDRESS_NOT_AVAILABLE', 'the path is too long; choose one of at most 107 bytes (macOS: 103)'],
  ENOENT: noFolder,
  ENOTDIR: noFolder,
  EACCES: ['ERR_PERMISSION_DENIED', 'permission denied; check owner and mode of the file and its folder'],
  EPERM: ['ERR_PERMISSION_DENIED', 'not permitted; check owner and mode of the file, and the user of this process'],
  EROFS: ['ERR_PERMISSION_DENIED', 'the file system is read-only; choose another path'],
};

/** Where the same codes mean something else. */
const placeConditions = {
  path: ofPaths,
  connectPath: {
    ...ofPaths,
    ENOENT: nothingThere,
    ENOTDIR: nothingThere,
    ECONNREFUSED: ['ERR_CONNECTION_REFUSED', 'no server listens there; start it, or check the path'],
    EAGAIN: ['ERR_CONNECTION_REFUSED', "the server's accept queue is full; try again"],
    EPROTOTYPE: ['ERR_CONNECTION_REFUSED', 'the socket there is not one of streams; check the path'],
  },
  descriptor: {
    EEXIST: ['ERR_ADDRESS_IN_USE', 'this process uses it already'],
    EINVAL: ['ERR_ADDRESS_NOT_AVAILABLE', 'it is no listening socket; check what hands it to this process'],
    ENOTSOCK: ['ERR_ADDRESS_NOT_AVAILABLE', 'it is no socket; check what hands it to this process'],
  },
} satisfies Record<string, Conditions>;

/**
 * @param what what failed, and on what: "Could not listen on 127.0.0.1:80"
 * @param place what `what` names, unless it is a host and a port
 */
export function systemError(
  cause: NodeJS.ErrnoException,
  what: string,
  hint = '',
  place?: keyof typeof placeConditions,
): TcpError {
  const conditionsThere: Conditions = { ...conditions, ...(place && placeConditions[place]) };
  const name = String(cause.code);
  const other = /^ERR_(?:SSL|TLS)_/.test(name) ? 'ERR_TLS_FAILED' : 'ERR_SYSTEM';
  const [code, advice] = conditionsThere[name] ?? ([other, reasonOf(cause)] as const);
  return new TcpError(code, `${what}: ${advice}${hint}`, { cause });
}

/** An error of OpenSSL has its reason apart; its message has a line break, and places in OpenSSL's code. */
export function reasonOf(cause: Error & { readonly reason?: string }): string {
  return cause.reason ?? describeCause(cause);
}
