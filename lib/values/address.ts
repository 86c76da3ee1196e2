/** One end of a connection, and how it is written. */

/** An IP address without brackets, or a host name: of a server that is not connected yet, or on a memory network. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
  readonly path?: undefined;
}

/** A Unix domain socket. */
export interface PathAddress {
  /** Of its file; '\0name' is an abstract one of Linux, without a file; '' is a client, which seldom has a name. */
  readonly path: string;
  readonly host?: undefined;
  readonly port?: undefined;
}

/** Where a socket is: on a host and port, or at a path. */
export type Address = TcpAddress | PathAddress;

/** Where to listen or connect: at `path`, where there is one. */
export interface Place {
  readonly host: string;
  readonly port?: number | undefined;
  readonly path?: string | undefined;
}

export function addressOf({ host, port = 0, path }: Place): Address {
  return path === undefined ? { host, port } : { path };
}

/**
 * Writes an address as `127.0.0.1:50007`, as `[::1]:50007` where the host has colons (RFC 3986, section 3.2.2), or as its path:
 * of an abstract Unix socket `@name`, of one without a name `unix`.
 */
export function formatAddress({ host, port, path }: Address): string {
  if (path !== undefined) return path.replace('\0', '@') || 'unix';
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
