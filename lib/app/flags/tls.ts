/** The flags of TLS, of the server and of the client. */
import { type Command, Option } from 'commander';
import { refuseAlone } from './combinations.js';
import { file, host } from './values.js';

export interface ServerTlsFlags {
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsCa: string | undefined;
  readonly tlsRequestCert: boolean;
}

export interface ClientTlsFlags {
  readonly tls: boolean;
  readonly ca: string | undefined;
  readonly servername: string | undefined;
  readonly insecure: boolean;
}

export function serverTlsOptions(): Option[] {
  return [
    new Option('--tls-cert <file>', 'certificate and its chain, in PEM (no TLS)').argParser(file),
    new Option('--tls-key <file>', 'its private key (none)').argParser(file),
    new Option('--tls-ca <file>', "authorities of client certificates (Node's)").argParser(file),
    new Option('--tls-request-cert', 'refuse clients without a certificate').default(false, 'off'),
  ];
}

export function refuseHalfTls(command: Command): void {
  refuseAlone(command, 'tlsCert', 'tlsKey');
  for (const name of ['tlsKey', 'tlsCa', 'tlsRequestCert']) refuseAlone(command, name, 'tlsCert');
}

export function clientTlsOptions(): Option[] {
  return [
    new Option('--tls', 'secure the connection').default(false, 'off'),
    new Option('--ca <file>', 'authorities to trust, in PEM (those of Node)').argParser(file),
    new Option('--servername <name>', "name in the server's certificate (the host)").argParser(host),
    new Option('--insecure', 'accept any certificate').default(false, 'off'),
  ];
}

export function refuseTlsWithoutEffect(command: Command): void {
  for (const name of ['ca', 'servername', 'insecure']) refuseAlone(command, name, 'tls');
}
