/** The two addresses of a socket of Node's, which tells none of a Unix socket. */
import type net from 'node:net';
import type { Address, PathAddress } from '../../values/address.js';

/** Of a client of a Unix socket. */
export const unnamed: PathAddress = { path: '' };

export function localAddress({ localAddress: host, localPort: port = 0 }: net.Socket): Address {
  return host === undefined ? unnamed : { host, port };
}

/** Undefined where the kernel no longer knows the peer: it has gone. */
export function remoteAddress({ remoteAddress: host, remotePort: port = 0 }: net.Socket): Address | undefined {
  return host === undefined ? undefined : { host, port };
}
