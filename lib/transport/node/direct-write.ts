/** Writes past the queues of Node's streams, to the handles below them, which Node does not document. */
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { nothing } from '../../values/bytes.js';
import type { SocketIo, SocketOwner } from './socket-io.js';

/** What a TCP handle of Node's can do, as far as it is used here. */
interface WritableHandle {
  /** The request stays free if the kernel takes all at once. */
  writeBuffer(request: WriteRequest | null, bytes: Uint8Array): Outcome;
  writev(request: WriteRequest | null, parts: readonly Uint8Array[], areBuffers: true): Outcome;
}

/** 0, an error number, or a request that is under way where none was passed. */
type Outcome = number | WriteRequest;

interface WriteRequest {
  /** Kept from being collected while the kernel takes it. */
  written?: Uint8Array | readonly Uint8Array[];
  oncomplete?: (status: number) => void;
  /** Of one that was done before it was returned. */
  readonly writeStatus?: number | null;
  getAsyncId(): number;
}

/** The asynchronous id of a request that is not under way. */
const unused = -1;

/** Undefined where Node does not write as its versions 20 to 26 do. */
export function directWrites(): Pick<SocketIo, 'write' | 'writeAll' | 'probe'> | undefined {
  const Request = requestClass();
  if (Request === undefined) return undefined;
  let request = Request && new Request(); // free again after each write that the kernel takes at once
  const isTaken = (
    socket: net.Socket,
    outcome: Outcome,
    written: Uint8Array | readonly Uint8Array[],
    owner: SocketOwner,
  ): boolean => {
    if (typeof outcome === 'number' && !succeeds(socket, outcome)) return false;
    const used = typeof outcome === 'number' ? request : outcome;
    if (used === null || used.getAsyncId() === unused) return true;
    if (typeof used.writeStatus === 'number') return succeeds(socket, used.writeStatus);
    used.written = written;
    used.oncomplete = (status) => {
      if (succeeds(socket, status)) owner.taken();
    };
    request = Request && new Request();
    return false;
  };
  return {
    write(socket, bytes, owner) {
      const handle = handleOf(socket);
      return handle && isTaken(socket, handle.writeBuffer(request, bytes), bytes, owner) ? 0 : bytes.length;
    },
    writeAll(socket, parts, bytes, owner) {
      const handle = handleOf(socket);
      return handle && isTaken(socket, handle.writev(request, parts, true), parts, owner) ? 0 : bytes;
    },
    probe(socket, alive) {
      const outcome = handleOf(socket)?.writeBuffer(Request && new Request(), nothing);
      if (typeof outcome !== 'number' || succeeds(socket, outcome)) alive?.();
    },
  };
}

function handleOf(socket: net.Socket): WritableHandle | null | undefined {
  return (socket as net.Socket & { readonly _handle?: WritableHandle | null })._handle;
}

function succeeds(socket: net.Socket, status: number): boolean {
  if (status === 0) return true;
  const code = getSystemErrorName(status);
  socket.destroy(Object.assign(new Error(`write ${code}`), { code }));
  return false;
}

/**
 * The class of the requests that Node's own sockets write with, as a handle that writes nowhere sees it. Null where they pass none and a
 * request is returned for what is under way, as on Node 24.22 and 26.12.
 */
function requestClass(): (new () => WriteRequest) | null | undefined {
  let passed: unknown[] = [];
  const handle = {
    readStart: () => 0,
    writeBuffer(...args: unknown[]) {
      passed = args;
      return 0;
    },
    close() {},
  };
  try {
    const socket = new net.Socket({ handle } as net.SocketConstructorOpts);
    socket.write(Buffer.alloc(1));
    socket.destroy();
    const [request, bytes, ...others] = passed as [WriteRequest | null, Uint8Array, ...unknown[]];
    if (bytes.length !== 1 || others.length > 0) return undefined;
    if (request === null) return null;
    const isKnown = request.constructor.name === 'WriteWrap' && request.getAsyncId() === unused;
    return isKnown ? (request.constructor as new () => WriteRequest) : undefined;
  } catch {
    return undefined; // Bun and Deno have sockets of their own, and a later Node may pass something else
  }
}
