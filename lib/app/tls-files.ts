/** The files of TLS: read, and checked before anything listens or connects, so that a message can name the file that is wrong. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TcpError, type TlsClientConfig, type TlsServerConfig } from '../index.js';
import type { ClientTlsFlags, ServerTlsFlags } from './flags/tls.js';

export interface ServerCertificate {
  readonly tls: TlsServerConfig;
  /** When it expires, as in `Nov 28 16:00:00 2027 GMT`. */
  readonly validTo: string;
}

/** @throws TcpError ERR_TLS_CERTIFICATE */
export function readServerTls(
  certFile: string,
  keyFile: string,
  { tlsCa, tlsRequestCert }: ServerTlsFlags,
): ServerCertificate {
  const cert = read(certFile);
  const key = read(keyFile);
  const certificate = certificateIn(cert, certFile);
  if (!certificate.checkPrivateKey(keyIn(key, keyFile))) {
    throw unusable(`The key ${keyFile} does not belong to the certificate ${certFile}; give the two of one pair`);
  }
  const { validFrom, validTo } = certificate;
  if (Date.now() >= Date.parse(validTo)) throw unusable(`The certificate ${certFile} expired at ${validTo}; renew it`);
  if (Date.now() < Date.parse(validFrom)) {
    throw unusable(`The certificate ${certFile} is not valid before ${validFrom}; check the clock of this machine`);
  }
  return { tls: { cert, key, requestCert: tlsRequestCert, ...authorities(tlsCa) }, validTo };
}

/** @throws TcpError ERR_TLS_CERTIFICATE */
export function readClientTls({ ca, servername, insecure }: ClientTlsFlags): TlsClientConfig {
  return { ...authorities(ca), servername, rejectUnauthorized: !insecure };
}

function authorities(file: string | undefined): { readonly ca?: Buffer } {
  if (file === undefined) return {};
  const ca = read(file);
  certificateIn(ca, file);
  return { ca };
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
};

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw unusable(`Could not read ${file}: ${problems[code] ?? message}; check the path`, cause);
  }
}

function certificateIn(pem: Buffer, file: string): X509Certificate {
  try {
    if (!pem.includes('-----BEGIN ')) throw new Error('not PEM'); // Node's TLS takes no DER
    return new X509Certificate(pem);
  } catch (cause) {
    throw unusable(`There is no certificate in ${file}; give a file in PEM`, cause);
  }
}

function keyIn(pem: Buffer, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(pem.toString('latin1'))) {
      throw unusable(`The key ${file} is encrypted; decrypt it: openssl pkey -in ${file} -out FILE`, cause);
    }
    throw unusable(`There is no private key in ${file}; give a file in PEM`, cause);
  }
}

function unusable(message: string, cause?: unknown): TcpError {
  return new TcpError('ERR_TLS_CERTIFICATE', message, { cause });
}
