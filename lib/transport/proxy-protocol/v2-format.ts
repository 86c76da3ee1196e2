/** The numbers of version 2 of the PROXY protocol. */
import { signature } from './header.js';

/** The signature; version and command; family and transport; the length of the rest. */
export const prefixBytes = signature.length + 4;

/** In the high four bits of a byte, with a command in the low ones. */
export const versionBits = 2;
export const command = Object.freeze({ local: 0, proxy: 1 });

/** In one byte the family and the transport, as the protocol lists them. */
export const family = Object.freeze({ unspecified: 0x00, tcp4: 0x11, tcp6: 0x21, unixStream: 0x31 });
export const datagrams: readonly number[] = [0x12, 0x22, 0x32];

/** Of one path, which is filled up with NUL. */
export const pathBytes = 108;
