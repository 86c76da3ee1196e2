/** The real network: the transport contract over Node's `net`. */
import { closeSync, openSync } from 'node:fs';
import net from 'node:net';
import { devNull } from 'node:os';
import { type Address, formatAddress } from '../../values/address.js';
import { systemError } from '../../values/errors.js';
import { flag, type Rule, readOptions } from '../../values/options.js';
import type {
  ConnectOptions,
  Listener,
  ListenerEvents,
  ListenOptions,
  SocketOptions,
  Transport,
  TransportSocket,
} from '../transport.js';
import { handleWriter, takeConnections } from './direct-write.js';
import { openFileLimit } from './open-file-limit.js';
import { portHolder } from './proc-net-tcp.js';
import { type MakeSocket, NodeSocket } from './socket.js';
import { streamWriter, type Writer } from './socket-io.js';

/** What the process needs besides its connections: 22 to 25 descriptors when it idles (measured), and its files. */
const reservedFiles = 64;

export interface NodeNetworkConfig {
  /**
   * Reads for all connections go into one buffer, writes go past Node's streams, and a flood of connections is taken before
   * any is served: a message costs less, many at once lose no time. It leans on parts of Node that are not documented, and
   * Node's own way serves where they are not as expected. Default true.
   */
  readonly fastPath?: boolean | undefined;
}

const rules: { readonly [Key in keyof Required<NodeNetworkConfig>]: Rule } = { fastPath: flag };

/**
 * TCP as the system has it. Its capacity is what the process's file limit leaves.
 *
 * @throws TypeError for an option that is unknown or of the wrong type
 * @example tcpServer({ port: 50007, transport: nodeNetwork({ fastPath: false }) }, echo()).subscribe();
 */
export function nodeNetwork(config: NodeNetworkConfig = {}): Transport {
  const { fastPath } = readOptions(config, rules, { fastPath: true });
  const writer = (fastPath ? handleWriter : undefined) ?? streamWriter;
  return {
    capacity: () => Math.max(1, openFileLimit() - reservedFiles),
    listen: (options, events) => listen(options, { fastPath, writer }, events),
    connect: (options, connected) => connect(options, { fastPath, writer }, connected),
  };
}

/** How bytes get from the system and to it. */
interface Means {
  readonly fastPath: boolean;
  readonly writer: Writer;
}

function listen(options: ListenOptions, { fastPath, writer }: Means, events: ListenerEvents): Listener {
  const { host, port, backlog } = options;
  const settings = nodeOptions(options);
  const server = net.createServer(settings);
  let local: Address | undefined;
  let closed = false;
  let watch: NodeJS.Timeout | undefined;
  let taken: Listener | undefined;
  const admit = (accepted: NodeSocket): void => {
    accepted.connected(local);
    if (accepted.remote.host === '') {
      accepted.destroy(); // of one that is gone by now the system does not know the address
      events.lost();
    } else {
      events.accepted(accepted);
    }
  };
  const admitUnmade = (make: MakeSocket): void => admit(new NodeSocket(make, 'slab', writer));
  server.on('connection', (socket) => admit(new NodeSocket(() => socket, 'stream', streamWriter)));
  server.on('listening', () => {
    const { address, port } = server.address() as net.AddressInfo;
    const bound = { host: address, port };
    if (!wildcards.includes(address)) local = bound; // and is that of every connection
    if (closed) return close(); // told to while the host's name was looked up
    if (fastPath) taken = takeConnections(server, settings, backlog, admitUnmade);
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
    taken?.close();
    if (server.listening) server.close();
  };
  return {
    get arriving() {
      return taken?.arriving ?? 0;
    },
    close,
  };
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

function connect(options: ConnectOptions, { fastPath, writer }: Means, connected: () => void): TransportSocket {
  const { host, port } = options;
  const make: MakeSocket = (onread) => {
    const socket = net.connect({ host, port, ...nodeOptions(options), onread });
    return socket.once('connect', () => {
      if (isItsOwnPeer(socket)) {
        // Asked for a port of its own range that nobody listens on, the system may connect a socket to itself.
        socket.destroy(Object.assign(new Error('connected to itself'), { code: 'ECONNREFUSED' }));
      } else {
        connecting.connected();
        connected();
      }
    });
  };
  const connecting = new NodeSocket(make, fastPath ? 'slab' : 'stream', writer, { host, port });
  return connecting;
}

function isItsOwnPeer({ localAddress, localPort, remoteAddress, remotePort }: net.Socket): boolean {
  return localAddress === remoteAddress && localPort === remotePort;
}

function nodeOptions({ noDelay, keepAliveMs }: SocketOptions) {
  const keepAlive = keepAliveMs !== Number.POSITIVE_INFINITY;
  return {
    allowHalfOpen: true,
    noDelay,
    keepAlive,
    keepAliveInitialDelay: keepAlive ? keepAliveMs : 0,
    highWaterMark,
  };
}

/** A paused socket reads on until its own buffer is over this mark, in bytes: 65 536 one-byte chunks cost 20 MB (measured). */
const highWaterMark = 1;

/** How often to look whether file descriptors are left, and so how often at most a shortage is reported. */
const shortageLookMs = 1_000;

/** The addresses that stand for all of a machine's. */
const wildcards = ['0.0.0.0', '::'];
