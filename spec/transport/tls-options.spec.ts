/** Options of TLS are checked at the call, before a certificate is read. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type TlsClientConfig, type TlsServerConfig, tcpConnect, tcpServer } from '../../lib/index.js';

const calls = {
  tcpServer: (tls: object) => tcpServer({ port: 0, tls: tls as TlsServerConfig }, (chunks$) => chunks$),
  tcpConnect: (tls: object) => tcpConnect({ port: 7, tls: tls as TlsClientConfig }),
};

type Call = keyof typeof calls;

const text = 'a string that is not empty';
const pem = 'a certificate or key in PEM, as a string or bytes';
const pems = `${pem}, or a list of: ${pem}`;

/** Values that are refused of options that both sides have. */
const common: [option: string, refused: unknown[], expected: string][] = [
  ['key', ['', 7], pem],
  ['cert', ['', {}], pem],
  ['pfx', ['file.pfx'], 'bytes'],
  ['passphrase', ['', 7], text],
  ['ca', ['', {}, ['authority', '']], pems],
  ['ALPNProtocols', ['h2', ['h2', '']], `a list of: ${text}`],
  ['minVersion', ['TLSv1.1'], "one of 'TLSv1.2', 'TLSv1.3'"],
  ['ciphers', [''], text],
  ['rejectUnauthorized', ['no'], 'true or false'],
];

const refused: [call: Call, option: string, refused: unknown[], expected: string][] = [
  ...common.map((row): (typeof refused)[number] => ['tcpServer', ...row]),
  ...common.map((row): (typeof refused)[number] => ['tcpConnect', ...row]),
  ['tcpServer', 'requestCert', ['yes'], 'true or false'],
  ['tcpServer', 'sni', [7, null], 'a function, or an object with a certificate for each name'],
  ['tcpConnect', 'servername', [''], text],
];

const bytes = Buffer.from('PEM');
const both = { key: 'PEM', cert: bytes, pfx: bytes, passphrase: 'secret', ciphers: 'AES', rejectUnauthorized: true };

describe('an option of tls', () => {
  it.each(refused)('of %s, a bad %s, is refused with a TypeError', (call, option, values, expected) => {
    for (const value of values) {
      const message = `Expected \`${option}\` to be ${expected}, got \`${inspect(value, { depth: 0 })}\``;
      expect(() => calls[call]({ [option]: value })).toThrow(new TypeError(message));
    }
  });

  it.each<[call: Call, option: string]>([
    ['tcpServer', 'servername'],
    ['tcpConnect', 'requestCert'],
    ['tcpConnect', 'sni'],
  ])('%s has no %s', (call, option) => {
    expect(() => calls[call]({ [option]: undefined })).toThrow(`Unknown option \`${option}\``);
  });

  it('of a certificate for a server name is checked too', () => {
    const sni = (certificate: object) => () => calls.tcpServer({ sni: { 'a.example': {}, 'b.example': certificate } });
    expect(sni({ key: '' })).toThrow(`Expected \`key\` to be ${pem}, got \`''\``);
    expect(sni({ ca: 'PEM' })).toThrow('Unknown option `ca`');
    expect(sni(both)).toThrow('Unknown option `ciphers`');
  });

  it.each<[call: Call, config: object]>([
    ['tcpServer', { ...both, ca: ['PEM', bytes], ALPNProtocols: ['h2', 'http/1.1'], requestCert: true }],
    ['tcpServer', { sni: () => undefined, minVersion: 'TLSv1.2' }],
    ['tcpServer', { sni: { 'a.example': { key: bytes, cert: 'PEM' } }, minVersion: 'TLSv1.3' }],
    ['tcpConnect', { ...both, ca: bytes, ALPNProtocols: [], servername: 'a.example', minVersion: 'TLSv1.3' }],
  ])('%s takes values of the expected types', (call, config) => {
    expect(() => calls[call](config)).not.toThrow();
  });
});
