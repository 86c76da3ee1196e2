/** The command line: commands, flags, their defaults and what they accept. */
import { Command, InvalidArgumentError, Option } from 'commander';
import ms from 'ms';
import { defaults, echo, type TcpAddress } from '../index.js';
import { logFormats } from './log.js';

export interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
  readonly delay: number;
  readonly delayPer: 'connection' | 'chunk';
  readonly reply: string;
  readonly maxChunk: number;
  readonly maxConnections: number | undefined;
  readonly idleTimeout: number;
  readonly writeTimeout: number;
  readonly grace: number;
  readonly log: (typeof logFormats)[number];
  readonly quiet: boolean;
}

export interface Commands {
  serve(flags: ServeFlags): void;
  connect(target: TcpAddress, words: readonly string[]): void;
}

/** The largest count, size and duration. */
const maxInt32 = 2 ** 31 - 1;

const count = integer(1, maxInt32);

/** The defaults that differ from the library's: port and chunk size of the original, a limit for silent clients. */
const commandDefaults = Object.freeze({ port: 50_007, maxChunkBytes: 1_024, idleTimeoutMs: 300_000 });

export function program(version: string, commands: Commands): Command {
  const serve = serveCommand(commands);
  const root = new Command('rxjs-tcp')
    .description('The delayed, timestamped echo server, and a client for it.')
    .version(version)
    .addCommand(serve, { isDefault: true })
    .addCommand(connectCommand(commands))
    .helpCommand(false) // `--help` does the same
    .addHelpText('after', () => `\nThe default command is serve:\n\n${serve.helpInformation()}${serveNotes}`);
  for (const command of [root, ...root.commands]) command.exitOverride().configureOutput({ writeErr: () => {} });
  return root;
}

const serveNotes = `
A duration is a number of milliseconds, or a number with a unit: 250ms, 5s, 2m.
SIGTERM, SIGINT and SIGHUP shut down gracefully: connections in the accept queue
are accepted, new ones refused, outstanding replies sent. A second one aborts.
Exit status: 0 graceful shutdown, 1 could not listen, 2 bad usage, 3 aborted.`;

function serveCommand({ serve }: Commands): Command {
  const { server, echo } = defaults;
  return new Command('serve')
    .description('Answer each chunk with Echo=>DATA at TIME, after a delay.')
    .addOption(new Option('--host <host>', 'address to listen on').env('HOST').argParser(host).default(server.host))
    .addOption(
      new Option('--port <port>', 'port to listen on; 0 picks a free one')
        .env('PORT')
        .argParser(integer(0, 65_535))
        .default(commandDefaults.port),
    )
    .option('--backlog <count>', 'length of the accept queue', count, server.backlog)
    .addOption(durationOption('--delay', 'how long to delay replies', echo.delayMs))
    .addOption(
      new Option('--delay-per <unit>', 'delay once for each connection, or each chunk')
        .choices(['connection', 'chunk'])
        .default(echo.delayPer),
    )
    .option('--reply <reply>', 'text, python, raw, or a template with {data}, {remote} or {time}', reply, echo.reply)
    .option('--max-chunk <bytes>', 'split reads longer than this', count, commandDefaults.maxChunkBytes)
    .option('--max-connections <count>', 'refuse more at once; default: what the file limit allows', count)
    .addOption(limitOption('--idle-timeout', 'close after this long without data', commandDefaults.idleTimeoutMs))
    .addOption(limitOption('--write-timeout', 'reset after this long without write progress', server.writeTimeoutMs))
    .addOption(durationOption('--grace', 'time limit of a graceful shutdown', server.drainTimeoutMs))
    .addOption(new Option('--log <format>', 'format of the log').choices(logFormats).default('pretty'))
    .option('--quiet', 'print only the listening address', false)
    .addHelpText('after', serveNotes)
    .allowExcessArguments() // an unknown command ends up here, and needs a message that names it
    .action((flags: ServeFlags, command: Command) => {
      const [unknown] = command.args;
      if (unknown === undefined) serve(flags);
      else command.error(`unknown command '${unknown}', expected serve or connect`);
    });
}

function connectCommand({ connect }: Commands): Command {
  return new Command('connect')
    .description('Send words or standard input, and print the replies until the peer ends its side.')
    .argument('<[host:]port>', `address of the server; the default host is ${defaults.connect.host}`, target)
    .argument('[word...]', 'what to send, joined by spaces; without words, standard input is sent')
    .addHelpText('after', '\nExit status: 0 the peer ended its side, 1 the connection failed, 2 bad usage.')
    .action((to: TcpAddress, words: string[]) => connect(to, words));
}

function durationOption(flag: string, description: string, defaultMs: number, parse = duration): Option {
  return new Option(`${flag} <duration>`, description).default(defaultMs, ms(defaultMs)).argParser(parse);
}

function limitOption(flag: string, description: string, defaultMs: number): Option {
  return durationOption(flag, `${description}, or off`, defaultMs, limit);
}

/** Makes a parser from `read`, which returns undefined for a value that is not `expected`. */
function parser<T>(expected: string, read: (value: string) => T | undefined): (value: string) => T {
  return (value) => {
    const parsed = read(value);
    if (parsed !== undefined) return parsed;
    throw new InvalidArgumentError(`Expected ${expected}.`);
  };
}

function integer(min: number, max: number) {
  return parser(`an integer from ${min} to ${max}`, (value) => {
    const number = Number(value);
    return /^\d+$/.test(value) && number >= min && number <= max ? number : undefined;
  });
}

const host = parser('a host name or an address', (value) => value || undefined);
const durations = `a duration from 0 to ${maxInt32} ms, such as 250ms, 5s, 2m or 0`;
const duration = parser(durations, milliseconds);
const durationOrOff = parser(`${durations} or off`, (value) => (value === 'off' ? Infinity : milliseconds(value)));
const limit = parser('a duration above 0, or off', (value) => durationOrOff(value) || undefined);

function milliseconds(value: string): number | undefined {
  const parsed = /^\d+(\.\d+)?(ms|s|m|h)$|^\d+$/.test(value) ? ms(value as ms.StringValue) : Number.NaN;
  return Number.isInteger(parsed) && parsed <= maxInt32 ? parsed : undefined;
}

const reply = parser('text, python, raw or a template with {data}, {remote} or {time}', (value) => {
  try {
    echo({ reply: value }); // leaves the check to the library
    return value;
  } catch {
    return undefined;
  }
});

/** Parses `port`, `host:port` or `[host]:port`, the last one for a host with colons. */
const target = parser('a port from 1 to 65535, host:port or [host]:port', (value): TcpAddress | undefined => {
  const [, bracketed, plain, digits] = /^(?:(?:\[(.+)\]|([^:]+)):)?(\d+)$/.exec(value) ?? [];
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? { host: bracketed ?? plain ?? defaults.connect.host, port } : undefined;
});
