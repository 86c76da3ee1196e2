/** One end of a connection, and how it is written. */

/** An IP address without brackets, or a host name: of a server that is not connected yet, or on a memory network. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
  readonly path?: undefined;
}

/** The path of a Unix domain socket. */
export interface PathAddress {
  readonly path: string;
  readonly host?: undefined;
  readonly port?: undefined;
}

/** Where a socket is: on a host and port, or at a path. */
export type Address = TcpAddress | PathAddress;

/** Writes an address as `127.0.0.1:50007`, as `[::1]:50007` where the host has colons (RFC 3986, section 3.2.2), or as its path. */
export function formatAddress({ host, port, path }: Address): string {
  if (path !== undefined) return path;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
