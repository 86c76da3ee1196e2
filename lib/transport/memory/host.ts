/** A named host of a network in memory: a transport with addresses of its own. */
import { addressOf, formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import { type Rule, text } from '../../values/options.js';
import type { ConnectOptions, Listener, ListenerEvents, ListenOptions, Transport } from '../transport.js';
import { Lane, type LaneNetwork, type Machine } from './lane.js';
import type { Link } from './link.js';
import { notSupported, Ports, refused } from './ports.js';
import { MemorySocket } from './socket.js';

export interface HostNetwork extends LaneNetwork {
  readonly bufferBytes: number;
  find(name: string): Host | undefined;
  linkOf(one: Host, other: Host): Link;
}

/** What each host has for itself alone, to listen on and to connect to. */
const ownNames: readonly string[] = ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::'];

export const hostName: Rule = {
  expected: `a host's name, which is none of ${ownNames.join(', ')}`,
  accepts: (value) => text.accepts(value) && !ownNames.includes(value as string),
};

export class Host implements Transport, Machine {
  readonly name: string;
  readonly links = new Set<Link>();
  isDown = false;
  crashes = 0;
  readonly #network: HostNetwork;
  readonly #ports: Ports;

  constructor(name: string, network: HostNetwork) {
    this.name = name;
    this.#network = network;
    this.#ports = new Ports(network.scheduler, network.later);
  }

  capacity(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** Whichever of its own addresses is given, the host listens on its name. */
  listen(options: ListenOptions, events: ListenerEvents): Listener {
    const isOthers = options.host !== this.name && this.#network.find(options.host) !== undefined;
    const own = isOthers ? options : { ...options, host: this.name };
    const what = `Could not listen on ${formatAddress(addressOf(own))}`;
    const problem = isOthers ? notOwn(what) : (notSupported(options) ?? this.#down(what));
    return this.#ports.listen(own, events, problem);
  }

  connect(options: ConnectOptions): MemorySocket {
    const { host, port, path } = options;
    const name = path !== undefined || ownNames.includes(host) ? this.name : host;
    const remote = addressOf({ host: name, port, path });
    const local = path === undefined ? { host: this.name, port: this.#ports.next() } : { path: '' };
    const lane = new Lane(this, local, remote, this.#network);
    const client = this.#socket(lane);
    const find = (): Host | undefined => this.#network.find(name);
    const dial = (): void => this.#dial(find(), client, lane, options);
    const isNamed = find() !== undefined; // if not, it may be in this turn
    if (isNamed) dial();
    else this.#network.later(dial);
    return client;
  }

  /** Power is lost. A server tells of its connections, and then of its own end. */
  crash(): void {
    this.isDown = true;
    this.crashes += 1;
    const lanes = [...this.links].flatMap((link) => link.lanes).filter((lane) => lane.source === this);
    for (const { socket, to } of lanes) socket?.crash(this.#lost(`Lost the connection to ${formatAddress(to)}`));
    this.#ports.fail((address) => this.#lost(`No longer listening on ${address}`));
    for (const link of this.links) link.update();
  }

  restart(): void {
    this.isDown = false;
    for (const link of this.links) link.update();
  }

  #socket(lane: Lane): MemorySocket {
    lane.socket = new MemorySocket(lane, this.#network.bufferBytes, lane.from, lane.to);
    return lane.socket;
  }

  #dial(target: Host | undefined, client: MemorySocket, lane: Lane, options: ConnectOptions): void {
    if (client.isClosed) return;
    const what = `Could not connect to ${formatAddress(client.remote)}`;
    const problem = notSupported(options) ?? this.#down(what);
    if (problem !== undefined || target === undefined) {
      this.#network.later(() => client.break(problem ?? notFound(what)));
      return;
    }
    lane.target = target;
    this.#network.linkOf(this, target).add(lane);
    lane.send(() => target.#answer(this, client, lane, options.keepAliveMs), 'SYN');
  }

  /** The handshake of three segments (RFC 9293, section 3.5): only with the last one there is a connection to accept. */
  #answer(source: Host, client: MemorySocket, lane: Lane, keepAliveMs: number): void {
    const back = new Lane(this, lane.to, lane.from, this.#network);
    back.target = source;
    this.#network.linkOf(this, source).add(back);
    const port = this.#ports.at(client.remote);
    if (port === undefined) {
      back.answer(() => client.break(refused(client.remote)));
      back.closed(false);
      return;
    }
    const server = this.#socket(back);
    server.peer = client;
    lane.back = back;
    back.back = lane;
    const accept = (): void => {
      if (this.#ports.at(client.remote) !== port) {
        server.refuse();
        return;
      }
      back.established(port.keepAliveMs);
      port.events.accepted(server);
    };
    const connected = (): void => {
      client.peer = server;
      lane.established(keepAliveMs);
      lane.send(accept, 'ACK');
      client.connected();
    };
    back.send(() => (client.isClosed ? lane.answer(() => server.receiveReset()) : connected()), 'SYN-ACK');
  }

  #down(what: string): TcpError | undefined {
    return this.isDown ? new TcpError('ERR_SYSTEM', `${what}: the host ${this.name} is down; restart it`) : undefined;
  }

  #lost(what: string): TcpError {
    return new TcpError('ERR_SYSTEM', `${what}: the host ${this.name} crashed`);
  }
}

function notFound(what: string): TcpError {
  return new TcpError('ERR_HOST_NOT_FOUND', `${what}: the network has no host of that name; check its spelling`);
}

function notOwn(what: string): TcpError {
  return new TcpError('ERR_ADDRESS_NOT_AVAILABLE', `${what}: it is the name of another host; leave \`host\` out`);
}
