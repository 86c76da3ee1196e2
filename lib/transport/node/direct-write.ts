/** Writes past the queues of Node's streams, to the handles below them, which Node does not document. */
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import { nothing } from '../../values/bytes.js';
import type { SocketIo, SocketOwner } from './socket-io.js';

/** What a TCP handle of Node's can do, as far as it is used here. */
interface WritableHandle {
  /** Returns 0 or an error number. The request stays free if the kernel takes all at once. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  writev(request: WriteRequest, parts: readonly Uint8Array[], areBuffers: true): number;
}

interface WriteRequest {
  /** Kept from being collected while the kernel takes it. */
  written?: Uint8Array | readonly Uint8Array[];
  oncomplete?: (status: number) => void;
  getAsyncId(): number;
}

/** The asynchronous id of a request that is not under way. */
const unused = -1;

/** Undefined where Node does not write as its versions 20 to 24.21 do: 24.22 and 26.12 pass no request, and get one back. */
export function directWrites(): Pick<SocketIo, 'write' | 'writeAll' | 'probe'> | undefined {
  const Request = requestClass();
  if (Request === undefined) return undefined;
  let request = new Request(); // free again after each write that the kernel takes at once
  const isTaken = (socket: net.Socket, written: Uint8Array | readonly Uint8Array[], owner: SocketOwner): boolean => {
    if (request.getAsyncId() === unused) return true;
    request.written = written;
    request.oncomplete = (status) => {
      if (succeeds(socket, status)) owner.taken();
    };
    request = new Request();
    return false;
  };
  return {
    write(socket, bytes, owner) {
      const handle = handleOf(socket);
      if (!handle || !succeeds(socket, handle.writeBuffer(request, bytes))) return bytes.length;
      return isTaken(socket, bytes, owner) ? 0 : bytes.length;
    },
    writeAll(socket, parts, bytes, owner) {
      const handle = handleOf(socket);
      if (!handle || !succeeds(socket, handle.writev(request, parts, true))) return bytes;
      return isTaken(socket, parts, owner) ? 0 : bytes;
    },
    probe(socket, alive) {
      const handle = handleOf(socket);
      if (!handle || succeeds(socket, handle.writeBuffer(new Request(), nothing))) alive?.();
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

/** The class of the requests that Node's own sockets write with, as a handle that writes nowhere sees it. */
function requestClass(): (new () => WriteRequest) | undefined {
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
    const [request, bytes, ...others] = passed as [WriteRequest, Uint8Array, ...unknown[]];
    const isKnown = request.constructor.name === 'WriteWrap' && request.getAsyncId() === unused;
    const isAlone = bytes.length === 1 && others.length === 0;
    return isKnown && isAlone ? (request.constructor as new () => WriteRequest) : undefined;
  } catch {
    return undefined; // Bun and Deno have sockets of their own, and a later Node may pass something else
  }
}
