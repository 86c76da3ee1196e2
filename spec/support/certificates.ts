/** Certificates that openssl makes for a spec, in a temporary folder that is removed at once: none is kept in a file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from 'vitest';
import { lacking } from '../faults/support/needs.js';

/** A private key and its certificate, in PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

interface Properties {
  /** The subject, as openssl takes it. */
  readonly subject?: string;
  /** The names and addresses that it is valid for, as openssl takes them. */
  readonly names?: string;
  /** Undefined: it signs itself. */
  readonly issuer?: Identity;
  readonly isAuthority?: boolean;
  readonly isExpired?: boolean;
}

/** Where there is no openssl, the tests are skipped by name. */
export function describeTls(name: string, tests: () => void): void {
  if (lacking(['openssl']).length === 0) describe(name, tests);
  else describe.skip(`${name} (skipped: no openssl here)`, tests);
}

/** Runs `work` in a folder that is removed behind it, with `openssl ARGUMENTS` run there. */
function inFolder<T>(work: (folder: string, openssl: (...args: string[]) => void) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'rxjs-tcp-'));
  try {
    return work(folder, (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function identity({
  subject = '/CN=localhost',
  names = 'DNS:localhost,IP:127.0.0.1',
  issuer,
  isAuthority = false,
  isExpired = false,
}: Properties = {}): Identity {
  return inFolder((folder, openssl) => {
    const file = (name: string) => path.join(folder, name);
    const basics = `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}`;
    writeFileSync(file('extensions'), isAuthority ? basics : `${basics}\nsubjectAltName=${names}`);
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key'];
    openssl('req', ...newKey, '-subj', subject, '-out', 'request');
    if (issuer) {
      writeFileSync(file('issuer.key'), issuer.key);
      writeFileSync(file('issuer.cert'), issuer.cert);
    }
    const signer = issuer ? ['-CA', 'issuer.cert', '-CAkey', 'issuer.key', '-CAcreateserial'] : ['-signkey', 'key'];
    const days = isExpired ? '-1' : '2';
    openssl('x509', '-req', '-in', 'request', ...signer, '-days', days, '-extfile', 'extensions', '-out', 'cert');
    return { key: readFileSync(file('key'), 'utf8'), cert: readFileSync(file('cert'), 'utf8') };
  });
}

/** The key, encrypted with that passphrase. */
export function encrypted({ key }: Identity, passphrase: string): string {
  return inFolder((folder, openssl) => {
    writeFileSync(path.join(folder, 'key'), key);
    openssl('pkcs8', '-topk8', '-in', 'key', '-passout', `pass:${passphrase}`, '-out', 'encrypted');
    return readFileSync(path.join(folder, 'encrypted'), 'utf8');
  });
}

/** Both in one PKCS #12 file. */
export function pfx({ key, cert }: Identity, passphrase: string): Buffer {
  return inFolder((folder, openssl) => {
    writeFileSync(path.join(folder, 'both'), `${key}${cert}`);
    openssl('pkcs12', '-export', '-in', 'both', '-passout', `pass:${passphrase}`, '-out', 'pfx');
    return readFileSync(path.join(folder, 'pfx'));
  });
}

/** Made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export const authority = once(() => identity({ subject: '/CN=authority', isAuthority: true }));

/** Of a server at 127.0.0.1 or localhost, signed by `authority`. */
export const localhost = once(() => identity({ issuer: authority() }));
