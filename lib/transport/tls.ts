/** What TLS is told and tells, in the words of Node's `tls`; which transport secures a socket is left open. */
import { flag, func, object, oneOf, type Rule, readOptions, text } from '../values/options.js';

/** A certificate in PEM, or several. */
export type Pem = string | Uint8Array;

/** What a side shows of itself. */
export interface TlsCertificate {
  /** The private key. */
  readonly key?: Pem | undefined;
  /** The certificate, followed by those of the authorities between it and a root. */
  readonly cert?: Pem | undefined;
  /** Key and certificate in one PKCS #12 file. */
  readonly pfx?: Uint8Array | undefined;
  /** What the key or `pfx` is encrypted with. */
  readonly passphrase?: string | undefined;
}

interface TlsConfig extends TlsCertificate {
  /** The authorities to trust, in place of those that Node trusts. */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** The application protocols to offer, the preferred one first (ALPN, RFC 7301). */
  readonly ALPNProtocols?: readonly string[] | undefined;
  /** @default 'TLSv1.2' */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** As OpenSSL writes lists of ciphers. Default: Node's. */
  readonly ciphers?: string | undefined;
}

/** The option `tls` of a server. */
export interface TlsServerConfig extends TlsConfig {
  /** Asks clients for a certificate. @default false */
  readonly requestCert?: boolean | undefined;
  /** Refuses a client without a certificate that `ca` vouches for, where one is asked for. @default true */
  readonly rejectUnauthorized?: boolean | undefined;
  /** The certificate for the server name that a client asks for (SNI); where there is none, the one of this config. */
  readonly sni?:
    | Readonly<Record<string, TlsCertificate>>
    | ((servername: string) => TlsCertificate | undefined)
    | undefined;
}

/** The option `tls` of a client. */
export interface TlsClientConfig extends TlsConfig {
  /** The name that the server's certificate must have, and the one asked for by SNI. Default: the host. */
  readonly servername?: string | undefined;
  /** Refuses a server with a certificate that is not trusted, or does not have the name. @default true */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** What the two ends of a secured connection agreed on. */
export interface TlsState {
  /** Whether the peer showed a certificate that is trusted. */
  readonly authorized: boolean;
  /** Why not: a code of OpenSSL, such as `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly authorizationError: string | undefined;
  /** Of the peer's certificate: `{ CN: 'client' }`. Undefined where it showed none. */
  readonly peerSubject: Readonly<Record<string, string | string[]>> | undefined;
  /** Undefined where the two had no application protocol in common. */
  readonly alpnProtocol: string | undefined;
  /** 'TLSv1.2' or 'TLSv1.3'. */
  readonly protocol: string;
  /** The cipher's name by IANA, such as `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** The name that the client asked for (SNI). */
  readonly servername: string | undefined;
  /** Whether the handshake resumed an earlier session, which is cheaper. */
  readonly isResumed: boolean;
}

const pem: Rule = {
  expected: 'a certificate or key in PEM, as a string or bytes',
  accepts: (value) => (typeof value === 'string' && value !== '') || value instanceof Uint8Array,
};
const bytes: Rule = { expected: 'bytes', accepts: (value) => value instanceof Uint8Array };

function listOf(rule: Rule): Rule {
  return {
    expected: `a list of: ${rule.expected}`,
    accepts: (value) => Array.isArray(value) && value.every(rule.accepts),
  };
}
function either(one: Rule, other: Rule): Rule {
  return {
    expected: `${one.expected}, or ${other.expected}`,
    accepts: (value) => one.accepts(value) || other.accepts(value),
  };
}

const certificateRules = { key: pem, cert: pem, pfx: bytes, passphrase: text };

const rules = {
  ...certificateRules,
  ca: either(pem, listOf(pem)),
  ALPNProtocols: listOf(text),
  minVersion: oneOf('TLSv1.2', 'TLSv1.3'),
  ciphers: text,
  rejectUnauthorized: flag,
};

const sni = either(func, { ...object, expected: 'an object with a certificate for each name' });

/** @throws TypeError for an option that is unknown or of the wrong type */
export function checkServerTls(config: TlsServerConfig): void {
  readOptions(config, { ...rules, requestCert: flag, sni }, {});
  if (typeof config.sni !== 'object') return;
  for (const certificate of Object.values(config.sni)) checkCertificate(certificate);
}

/** @throws TypeError for an option that is unknown or of the wrong type */
export function checkCertificate(certificate: TlsCertificate): void {
  readOptions(certificate, certificateRules, {});
}

/** @throws TypeError for an option that is unknown or of the wrong type */
export function checkClientTls(config: TlsClientConfig): void {
  readOptions(config, { ...rules, servername: text }, {});
}
