/** One end of a TCP connection, and how it is written. */
export interface Address {
  /** An IP address without brackets, or a name: of a server not yet connected to, or on a memory network. */
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:50007`, or `[::1]:50007` where the host has colons of its own (RFC 3986, section 3.2.2). */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
