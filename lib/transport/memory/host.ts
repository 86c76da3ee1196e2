/** A named host of a network in memory: a transport with addresses of its own. */
import type { SchedulerLike } from 'rxjs';
import { type Address, addressOf, formatAddress } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';
import { type Rule, text } from '../../values/options.js';
import type { ConnectOptions, Listener, ListenerEvents, ListenOptions, Transport } from '../transport.js';
import { Lane } from './lane.js';
import type { Link } from './link.js';
import { notSupported, Ports, refused } from './ports.js';
import { MemorySocket } from './socket.js';

export interface HostNetwork {
  readonly scheduler: SchedulerLike;
  readonly bufferBytes: number;
  /** Calls in a later turn of this instant. */
  readonly later: (work: () => void) => void;
  find(name: string): Host | undefined;
  linkOf(one: Host, other: Host): Link;
}

/** What each host has for itself alone, to listen on and to connect to. */
const ownNames: readonly string[] = ['localhost', '127.0.0.1', '::1', '0.0.0.0', '::'];

export const hostName: Rule = {
  expected: `a host's name, which is none of ${ownNames.join(', ')}`,
  accepts: (value) => text.accepts(value) && !ownNames.includes(value as string),
};

export class Host implements Transport {
  readonly name: string;
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
    const { host } = options;
    if (host !== this.name && this.#network.find(host) !== undefined)
      return this.#ports.listen(options, events, notOwn(options));
    return this.#ports.listen({ ...options, host: this.name }, events, notSupported(options));
  }

  connect(options: ConnectOptions): MemorySocket {
    const { host, path } = options;
    const name = path !== undefined || ownNames.includes(host) ? this.name : host;
    const remote = addressOf({ ...options, host: name });
    const local = path === undefined ? { host: this.name, port: this.#ports.next() } : { path: '' };
    const { later, bufferBytes } = this.#network;
    const lane = new Lane(local, remote, later);
    const client = new MemorySocket(lane, bufferBytes, local, remote);
    const problem = notSupported(options);
    const found = this.#network.find(name);
    if (problem) later(() => client.break(problem));
    else if (found) this.#dial(found, client, lane);
    else later(() => this.#dial(this.#network.find(name), client, lane)); // it may be named in this turn
    return client;
  }

  #dial(target: Host | undefined, client: MemorySocket, lane: Lane): void {
    if (target === undefined) {
      client.break(notFound(client.remote));
      return;
    }
    lane.link = this.#network.linkOf(this, target);
    lane.send(() => target.#answer(client, lane), 'SYN');
  }

  /** The handshake of three segments (RFC 9293, section 3.5): only with the last one there is a connection to accept. */
  #answer(client: MemorySocket, lane: Lane): void {
    const { local, remote } = client;
    const back = new Lane(remote, local, lane.later);
    back.link = lane.link;
    const listener = this.#ports.listenerAt(remote);
    if (listener === undefined) {
      back.send(() => client.break(refused(remote)), 'RST');
      return;
    }
    const server = new MemorySocket(back, this.#network.bufferBytes, remote, local);
    server.peer = client;
    const accept = (): void => {
      if (this.#ports.listenerAt(remote) === listener) listener.accepted(server);
      else server.reset();
    };
    const connected = (): void => {
      client.peer = server;
      lane.send(accept, 'ACK');
      client.connected();
    };
    back.send(() => (client.isClosed ? lane.send(nothing, 'RST') : connected()), 'SYN-ACK');
  }
}

function nothing(): void {}

function notFound(remote: Address): TcpError {
  const message = `Could not connect to ${formatAddress(remote)}: the network has no host of that name; check its spelling`;
  return new TcpError('ERR_HOST_NOT_FOUND', message);
}

function notOwn(options: ListenOptions): TcpError {
  const what = `Could not listen on ${formatAddress(addressOf(options))}`;
  return new TcpError('ERR_ADDRESS_NOT_AVAILABLE', `${what}: it is the name of another host; leave \`host\` out`);
}
