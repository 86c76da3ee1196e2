/**
 * The handles of the system's sockets, which Node keeps beneath its streams: all that leans on what Node does not document.
 * What is used here is looked for first, and where anything is not as expected, Node's own way serves.
 */
import net from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { Listener } from '../transport.js';
import { AcceptQueue } from './accept-queue.js';
import type { MakeSocket } from './socket.js';
import { nothing, type Writer } from './socket-io.js';

interface Handle {
  /** Of a listening one: takes the handle of each connection. */
  onconnection?: (this: Handle, error: number, accepted: Handle | undefined) => void;
  readonly useUserBuffer?: unknown;
  setNoDelay?(on: boolean): number;
  setKeepAlive?(on: boolean, initialDelayS: number): number;
  close(): void;
  /** Returns 0 or the number of an error. The request is used where the system does not take all at once, and free if not. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
}

interface WriteRequest {
  buffer?: Uint8Array;
  oncomplete?: (status: number) => void;
  getAsyncId(): number;
}

interface WithHandle {
  readonly _handle?: Handle | null;
}

/** As `net` names them. */
interface SocketSettings {
  readonly allowHalfOpen: boolean;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelay: number;
}

/**
 * From now on `accepted` is given the connections of a listening server, at most `backlog` of them some turns of the loop
 * late, and its 'connection' listeners are not. Where anything is not as expected, all stays as it is. Node offers `onread`
 * for sockets that connect alone, so those that are accepted are made here, as `net` makes them.
 *
 * @returns what is to be closed with the server; nothing where all stays as it is
 */
export function takeConnections(
  server: net.Server,
  settings: SocketSettings,
  backlog: number,
  accepted: (make: MakeSocket) => void,
): Listener | undefined {
  const { _handle: listener } = server as net.Server & WithHandle;
  const nodesOwn = listener?.onconnection;
  if (!listener || nodesOwn === undefined || listener.useUserBuffer === undefined) return undefined;
  const { allowHalfOpen, noDelay, keepAlive, keepAliveInitialDelay } = settings;
  const areInherited = setInheritedOptions(listener, settings);
  const acceptQueue = new AcceptQueue<Handle>(backlog, (handle) => {
    accepted((onread) => {
      const socket = new net.Socket({ allowHalfOpen, handle, onread } as net.SocketConstructorOpts);
      if (!areInherited) socket.setNoDelay(noDelay).setKeepAlive(keepAlive, keepAliveInitialDelay);
      return socket;
    });
  });
  listener.onconnection = (error, handle) => {
    if (handle === undefined) nodesOwn.call(listener, error, handle);
    else acceptQueue.add(handle);
  };
  return {
    get arriving() {
      return acceptQueue.count;
    },
    close() {
      for (const handle of acceptQueue.take()) handle.close();
    },
  };
}

/** Sets of the listening socket what those that it accepts then have from the start: up to five calls of the system each. */
function setInheritedOptions(listener: Handle, { noDelay, keepAlive, keepAliveInitialDelay }: SocketSettings): boolean {
  const isHeritable = process.platform === 'linux'; // elsewhere it is not sure
  if (!isHeritable || !listener.setNoDelay || !listener.setKeepAlive) return false;
  listener.setNoDelay(noDelay);
  if (keepAlive) listener.setKeepAlive(true, Math.floor(keepAliveInitialDelay / 1_000));
  return true;
}

function makeWriter(): Writer | undefined {
  const Request = requestClass();
  if (Request === undefined) return undefined;
  let request = new Request(); // is free again after each write that the system takes at once
  return {
    write(socket, bytes, owner) {
      const { _handle: handle } = socket as net.Socket & WithHandle;
      if (!handle || !succeeds(socket, handle.writeBuffer(request, bytes))) return bytes.length;
      if (request.getAsyncId() === unused) return 0;
      request.buffer = bytes; // is not to be collected before
      request.oncomplete = (status) => succeeds(socket, status) && owner.taken();
      request = new Request();
      return bytes.length;
    },
    probe(socket, alive) {
      const { _handle: handle } = socket as net.Socket & WithHandle;
      if (!handle || succeeds(socket, handle.writeBuffer(new Request(), nothing))) alive?.();
    },
  };
}

/** The asynchronous id of a request that is not under way. */
const unused = -1;

function succeeds(socket: net.Socket, status: number): boolean {
  if (status === 0) return true;
  const code = getSystemErrorName(status);
  socket.destroy(Object.assign(new Error(`write ${code}`), { code }));
  return false;
}

/** The class of the requests that Node's own sockets write with, seen by a handle that writes nowhere. */
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
  const socket = new net.Socket({ handle } as net.SocketConstructorOpts);
  socket.write(Buffer.alloc(1));
  socket.destroy();
  const [request, bytes, ...others] = passed as [WriteRequest | null, Uint8Array, ...unknown[]];
  if (!request || bytes?.length !== 1 || others.length > 0) return undefined;
  const isKnown = request.constructor.name === 'WriteWrap' && request.getAsyncId?.() === unused;
  return isKnown ? (request.constructor as new () => WriteRequest) : undefined;
}

/**
 * Hands writes to the handle, without the stream's queue, callback and turn of the loop for each. Undefined where Node does
 * not write as its versions 20 to 24 do.
 */
export const handleWriter = makeWriter();
