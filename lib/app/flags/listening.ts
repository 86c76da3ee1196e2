/** The flags that say where the server listens: on a port, on a Unix socket or on one that it inherited. */
import { type Command, Option } from 'commander';
import { defaults } from '../../index.js';
import { refuseTogether } from './combinations.js';
import { count, descriptor, host, integer, unixPath } from './values.js';

export interface ListeningFlags {
  readonly host: string;
  readonly port: number;
  readonly unix: string | undefined;
  readonly fd: number | 'systemd' | undefined;
  readonly reusePort: boolean;
  readonly backlog: number;
}

/** The port of the original. */
const defaultPort = 50_007;

export function listeningOptions(): Option[] {
  const { server } = defaults;
  return [
    new Option('--host <host>', 'address to listen on').env('HOST').argParser(host).default(server.host),
    new Option('-p, --port <port>', 'port; 0: any free one')
      .env('PORT')
      .argParser(integer(0, 65_535))
      .default(defaultPort),
    new Option('--unix <path>', 'listen on a Unix socket instead (none)').argParser(unixPath),
    new Option('--fd <number>', 'or on an inherited one, see below (none)').argParser(descriptor),
    new Option('--reuse-port', 'share the port with other processes').default(server.reusePort, 'off'),
    new Option('--backlog <count>', 'length of the accept queue').argParser(count).default(server.backlog),
  ];
}

/** HOST and PORT of the environment are not meant for this server where it listens elsewhere. */
export function refuseTwoPlaces(command: Command): void {
  for (const other of ['host', 'port', 'reusePort', 'fd']) refuseTogether(command, 'unix', other);
  for (const other of ['host', 'port', 'reusePort']) refuseTogether(command, 'fd', other);
}
