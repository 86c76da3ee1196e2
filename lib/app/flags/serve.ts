/** The flags of `rxjs-tcp serve`, by topic, and which of them differ from their defaults. */
import { Command, Option } from 'commander';
import { defaults } from '../../index.js';
import type { Settings } from '../describe.js';
import { logFormats } from '../log.js';
import { compactHelp } from './help.js';
import { count, duration, host, integer, limit, reply, shownDuration } from './values.js';

export interface ServeFlags {
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
  readonly maxConnections: number | undefined;
  readonly service: (typeof serviceNames)[number];
  readonly delay: number;
  readonly delayPer: 'connection' | 'chunk';
  readonly reply: string;
  readonly maxChunk: number;
  readonly idleTimeout: number;
  readonly writeTimeout: number;
  readonly halfCloseTimeout: number;
  readonly maxLifetime: number;
  readonly highWaterMark: number;
  readonly grace: number;
  readonly log: (typeof logFormats)[number];
  readonly quiet: boolean;
}

export type Serve = (flags: ServeFlags, settings: Settings) => void;

/** What a server can do; `echo` and `lines` are the ones with a delay and a reply. */
const serviceNames = ['echo', 'lines', 'discard', 'daytime', 'time', 'chargen'] as const;
const withReplies = ['echo', 'lines'];

/** The defaults that differ from the library's: port and chunk size of the original, a limit for silent clients. */
const commandDefaults = Object.freeze({ port: 50_007, maxChunkBytes: 1_024, idleTimeoutMs: 300_000 });

const notes = `
A service is echo, which answers each chunk, lines, which answers each line, or
discard, daytime, time or chargen (RFC 863, 867, 868, 864).
A reply is text (Echo=>DATA at TIME), python (Echo=>b'DATA' at TIME), raw (DATA)
or a template: {data}, {remote} and {time} are filled in; \\n, \\r, \\t, \\0 and \\\\
are a newline, a return, a tab, a zero byte and a backslash.
A duration is a number of milliseconds, or a number with a unit: 250ms, 5s, 2m.
SIGTERM, SIGINT and SIGHUP shut down gracefully: connections in the accept queue
are accepted, new ones refused, outstanding replies sent. A second one aborts.
Exit status: 0 graceful shutdown, 1 could not listen, 2 bad usage, 3 aborted.`;

export function serveCommand(serve: Serve): Command {
  const { server, echo } = defaults;
  return new Command('serve')
    .description('Answer each chunk with Echo=>DATA at TIME, after a delay; or run another service.')
    .configureHelp(compactHelp)
    .helpOption('-h, --help', 'print this help')
    .optionsGroup('Listening:')
    .addOption(new Option('--host <host>', 'address to listen on').env('HOST').argParser(host).default(server.host))
    .addOption(
      new Option('-p, --port <port>', 'port; 0: any free one')
        .env('PORT')
        .argParser(integer(0, 65_535))
        .default(commandDefaults.port),
    )
    .option('--backlog <count>', 'length of the accept queue', count, server.backlog)
    .addOption(new Option('-m, --max-connections <count>', 'refuse more (open-file limit less 64)').argParser(count))
    .optionsGroup('Replies:')
    .addOption(new Option('-s, --service <name>', 'what to do, see below').choices(serviceNames).default('echo'))
    .addOption(durationOption('-d, --delay', 'wait before replies', echo.delayMs))
    .addOption(
      new Option('--delay-per <unit>', 'wait once a connection or chunk')
        .choices(['connection', 'chunk'])
        .default(echo.delayPer),
    )
    .option('--reply <reply>', 'what to send back, see below', reply, echo.reply)
    .option('--max-chunk <bytes>', 'split reads longer than this', count, commandDefaults.maxChunkBytes)
    .optionsGroup('Limits of a connection, a duration or off:')
    .addOption(limitOption('-i, --idle-timeout', 'close after so long without data', commandDefaults.idleTimeoutMs))
    .addOption(limitOption('--write-timeout', 'reset after so long without progress', server.writeTimeoutMs))
    .addOption(limitOption('--half-close-timeout', 'wait so long for the FIN of its peer', server.halfCloseTimeoutMs))
    .addOption(limitOption('--max-lifetime', 'reset at this age', server.maxLifetimeMs))
    .optionsGroup('Memory, shutdown, log:')
    .option('--high-water-mark <bytes>', 'read no more while it holds this', count, server.highWaterMarkBytes)
    .addOption(durationOption('--grace', 'time limit of a graceful shutdown', server.drainTimeoutMs))
    .addOption(new Option('--log <format>', 'pretty or json').choices(logFormats).default('pretty'))
    .option('-q, --quiet', 'print the first line only', false)
    .addHelpText('after', notes)
    .allowExcessArguments() // an unknown command ends up here, and needs a message that names it
    .action((flags: ServeFlags, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) command.error(`unknown command '${unknown}', expected serve or connect`);
      refuseReplies(flags, command);
      serve(flags, settingsOf(command));
    });
}

/** A delay that has no effect would be a surprise in a test. */
function refuseReplies({ service }: ServeFlags, command: Command): void {
  const unused = ['delay', 'delayPer', 'reply'].find((name) => command.getOptionValueSource(name) !== 'default');
  if (unused === undefined || withReplies.includes(service)) return;
  const flag = command.options.find((option) => option.attributeName() === unused)?.long;
  command.error(`option '${flag}' has no effect with --service ${service}, only with ${withReplies.join(' and ')}`);
}

function durationOption(flag: string, description: string, defaultMs: number, parse = duration): Option {
  return new Option(`${flag} <duration>`, description).default(defaultMs, shownDuration(defaultMs)).argParser(parse);
}

function limitOption(flag: string, description: string, defaultMs: number): Option {
  return durationOption(flag, description, defaultMs, limit);
}

/** What the first line of the log has anyway. */
const inAddress = ['host', 'port'];

function settingsOf(command: Command): Settings {
  const values = command.opts();
  const changed = command.options.filter((option) => {
    return values[option.attributeName()] !== option.defaultValue && !inAddress.includes(option.name());
  });
  return Object.fromEntries(changed.map((option) => [option.name(), shown(option, values[option.attributeName()])]));
}

function shown({ flags }: Option, value: unknown): string {
  if (flags.endsWith('<duration>')) return shownDuration(value as number);
  if (value === true) return '';
  return typeof value === 'string' && /\W/.test(value) ? JSON.stringify(value) : String(value);
}
