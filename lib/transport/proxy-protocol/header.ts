/** What versions 1 and 2 of HAProxy's PROXY protocol share (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt). */
import type { Address } from '../../values/address.js';
import { TcpError } from '../../values/errors.js';

/** What a header says of the connection that is passed on. Undefined: the sender does not know, or speaks for itself. */
export interface ProxyEnds {
  readonly source: Address | undefined;
  readonly destination: Address | undefined;
}

/** A header at the beginning of bytes. */
export interface Found extends ProxyEnds {
  /** How many bytes the header takes. */
  readonly length: number;
}

export const noEnds: ProxyEnds = Object.freeze({ source: undefined, destination: undefined });

/** How a header of version 1 begins. */
export const lineStart = Buffer.from('PROXY ');

/** How a header of version 2 begins. */
export const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n');

/** @param reason completes the sentence "The PROXY protocol header is not valid: it …" */
export function invalid(reason: string): TcpError {
  return new TcpError('ERR_PROXY_PROTOCOL', `The PROXY protocol header is not valid: it ${reason}`);
}
