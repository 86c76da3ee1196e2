/** The real network: the transport contract over Node's `net`. */
import { closeSync, openSync } from 'node:fs';
import net from 'node:net';
import { devNull } from 'node:os';
import { type Address, formatAddress } from '../values/address.js';
import { systemError } from '../values/errors.js';
import { NodeSocket } from './node-socket.js';
import { openFileLimit } from './open-file-limit.js';
import { portHolder } from './tcp-table.js';
import type {
  ConnectOptions,
  Listener,
  ListenerEvents,
  ListenOptions,
  SocketOptions,
  Transport,
  TransportSocket,
} from './transport.js';

/** What the process needs besides its connections: 22 to 25 descriptors when it idles (measured), and its files. */
const reservedFiles = 64;

/** TCP as the system has it. Its capacity is what the process's file limit leaves. */
export function nodeNetwork(): Transport {
  return { capacity: () => Math.max(1, openFileLimit() - reservedFiles), listen, connect };
}

function listen(options: ListenOptions, events: ListenerEvents): Listener {
  const { host, port, backlog } = options;
  const server = net.createServer(nodeOptions(options));
  let local: Address | undefined;
  let closed = false;
  let watch: NodeJS.Timeout | undefined;
  server.on('connection', (socket) => {
    const accepted = new NodeSocket(socket, local ?? localAddress(socket), remoteAddress(socket));
    if (socket.remoteAddress !== undefined) return events.accepted(accepted);
    accepted.destroy();
    events.lost();
  });
  server.on('listening', () => {
    const { address, port } = server.address() as net.AddressInfo;
    const bound = { host: address, port };
    if (!wildcards.includes(address)) local = bound; // and is that of every connection
    if (closed) return close(); // told to while the host's name was looked up
    watch = setInterval(() => reportFileShortage(events), shortageLookMs).unref();
    events.listening(bound);
  });
  server.on('error', (cause: NodeJS.ErrnoException) => {
    if (server.listening) return events.warned(systemError(cause, 'Could not accept a connection'));
    const hint = cause.code === 'EADDRINUSE' ? portHolder(port) : '';
    if (!closed) events.failed(systemError(cause, `Could not listen on ${formatAddress({ host, port })}`, hint));
  });
  // Node binds a turn after it is told to, whatever has happened meanwhile.
  queueMicrotask(() => closed || server.listen({ host, port, backlog }));
  const close = (): void => {
    closed = true;
    clearInterval(watch);
    if (server.listening) server.close();
  };
  return { close };
}

/** libuv closes connections that find no file descriptor without a word, so somebody has to look. */
function reportFileShortage(events: ListenerEvents): void {
  try {
    closeSync(openSync(devNull, 'r'));
  } catch (error) {
    const failure = systemError(error as NodeJS.ErrnoException, 'Connections that come now are lost');
    if (failure.code === 'ERR_TOO_MANY_FILES') events.warned(failure);
  }
}

function connect(options: ConnectOptions, connected: () => void): TransportSocket {
  const { host, port } = options;
  const socket = net.connect({ host, port, ...nodeOptions(options) });
  const connecting = new NodeSocket(socket, undefined, { host, port });
  socket.once('connect', () => {
    const [local, remote] = [localAddress(socket), remoteAddress(socket)];
    if (formatAddress(local) === formatAddress(remote)) {
      // Asked for a port of its own range that nobody listens on, the system may connect a socket to itself.
      socket.destroy(Object.assign(new Error('connected to itself'), { code: 'ECONNREFUSED' }));
    } else {
      connecting.connected(local, remote);
      connected();
    }
  });
  return connecting;
}

function nodeOptions({ noDelay, keepAliveMs }: SocketOptions) {
  const keepAlive = keepAliveMs !== Number.POSITIVE_INFINITY;
  return {
    allowHalfOpen: true,
    noDelay,
    keepAlive,
    keepAliveInitialDelay: keepAlive ? keepAliveMs : 0,
    // A paused socket reads on until its own buffer is over this mark, in bytes: 65 536 one-byte chunks cost 20 MB (measured).
    highWaterMark: 1,
  };
}

/** How often to look whether file descriptors are left, and so how often at most a shortage is reported. */
const shortageLookMs = 1_000;

/** The addresses that stand for all of a machine's. */
const wildcards = ['0.0.0.0', '::'];

function localAddress({ localAddress: host = '', localPort: port = 0 }: net.Socket): Address {
  return { host, port };
}

function remoteAddress({ remoteAddress: host = '', remotePort: port = 0 }: net.Socket): Address {
  return { host, port };
}
