/** The flags of `rxjs-tcp serve`, by topic, and which of them differ from their defaults. */
import { Command, Option } from 'commander';
import { defaults } from '../../index.js';
import type { Settings } from '../describe.js';
import { logFormats } from '../log.js';
import { type AdmissionFlags, admissionOptions } from './admission.js';
import { compactHelp } from './help.js';
import { type ListeningFlags, listeningOptions, refuseTwoPlaces } from './listening.js';
import { refuseHalfTls, type ServerTlsFlags, serverTlsOptions } from './tls.js';
import { count, duration, limit, reply, shownDuration } from './values.js';

export interface ServeFlags extends ListeningFlags, AdmissionFlags, ServerTlsFlags {
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

/** @param isHostOfEnvironment it may be there for another program */
export type Serve = (flags: ServeFlags, settings: Settings, isHostOfEnvironment: boolean) => void;

/** What a server can do; `echo` and `lines` are the ones with a delay and a reply. */
const serviceNames = ['echo', 'lines', 'discard', 'daytime', 'time', 'chargen'] as const;
const withReplies = ['echo', 'lines'];

/** The defaults that differ from the library's: the chunk size of the original, a limit for silent clients. */
const commandDefaults = Object.freeze({ maxChunkBytes: 1_024, idleTimeoutMs: 300_000 });

const notes = `
A service is echo, which answers each chunk, lines, which answers each line, or
discard, daytime, time or chargen (RFC 863, 867, 868, 864).
A reply is text (Echo=>DATA at TIME), python (Echo=>b'DATA' at TIME), raw (DATA)
or a template: {data}, {remote} and {time} are filled in; \\n, \\r, \\t, \\0 and \\\\
are a newline, a return, a tab, a zero byte and a backslash.
--unix @NAME is an abstract socket of Linux; --fd systemd is the first socket
that systemd hands over.
Networks are written 127.0.0.1,10.0.0.0/8,fd00::/8; unix is any peer on a Unix
socket. With --proxy-protocol, peers that are no such proxy are refused.
A duration is a number of milliseconds, or a number with a unit: 250ms, 5s, 2m.
SIGTERM, SIGINT and SIGHUP shut down gracefully: connections in the accept queue
are accepted, new ones refused, outstanding replies sent. A second one aborts.
With TLS, SIGHUP reads the files again instead, for connections that come then.
Exit status: 0 graceful shutdown, 1 could not listen, 2 bad usage, 3 aborted.`;

export function serveCommand(serve: Serve): Command {
  const command = new Command('serve')
    .description('Answer each chunk with Echo=>DATA at TIME, after a delay; or run another service.')
    .configureHelp(compactHelp)
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', notes)
    .allowExcessArguments() // an unknown command ends up here, and needs a message that names it
    .action((flags: ServeFlags) => {
      const [unknown] = command.args;
      if (unknown !== undefined) command.error(`unknown command '${unknown}', expected serve or connect`);
      refuseReplies(flags, command);
      refuseTwoPlaces(command);
      refuseHalfTls(command);
      serve(flags, settingsOf(command), command.getOptionValueSource('host') === 'env');
    });
  for (const [heading, options] of sections()) {
    for (const option of options) command.addOption(option.helpGroup(heading));
  }
  return command;
}

function sections(): [heading: string, options: Option[]][] {
  const { server, echo } = defaults;
  const replies = [
    new Option('-s, --service <name>', 'what to do, see below').choices(serviceNames).default('echo'),
    durationOption('-d, --delay', 'wait before replies', echo.delayMs),
    new Option('--delay-per <unit>', 'wait once a connection or chunk')
      .choices(['connection', 'chunk'])
      .default(echo.delayPer),
    new Option('--reply <reply>', 'what to send back, see below').argParser(reply).default(echo.reply),
    countOption('--max-chunk <bytes>', 'split reads longer than this', commandDefaults.maxChunkBytes),
  ];
  const limits = [
    limitOption('-i, --idle-timeout', 'close after so long without data', commandDefaults.idleTimeoutMs),
    limitOption('--write-timeout', 'reset after so long without progress', server.writeTimeoutMs),
    limitOption('--half-close-timeout', 'wait so long for the FIN of its peer', server.halfCloseTimeoutMs),
    limitOption('--max-lifetime', 'reset at this age', server.maxLifetimeMs),
  ];
  const others = [
    countOption('--high-water-mark <bytes>', 'read no more while it holds this', server.highWaterMarkBytes),
    durationOption('--grace', 'time limit of a graceful shutdown', server.drainTimeoutMs),
    new Option('--log <format>', 'pretty or json').choices(logFormats).default('pretty'),
    new Option('-q, --quiet', 'print the first line only').default(false),
  ];
  return [
    ['Listening:', listeningOptions()],
    ['Peers:', admissionOptions()],
    ['TLS:', serverTlsOptions()],
    ['Replies:', replies],
    ['Limits of a connection, a duration or off:', limits],
    ['Memory, shutdown, log:', others],
  ];
}

/** A delay that has no effect would be a surprise in a test. */
function refuseReplies({ service }: ServeFlags, command: Command): void {
  const unused = ['delay', 'delayPer', 'reply'].find((name) => command.getOptionValueSource(name) !== 'default');
  if (unused === undefined || withReplies.includes(service)) return;
  const flag = command.options.find((option) => option.attributeName() === unused)?.long;
  command.error(`option '${flag}' has no effect with --service ${service}, only with ${withReplies.join(' and ')}`);
}

function countOption(flags: string, description: string, defaultCount: number): Option {
  return new Option(flags, description).argParser(count).default(defaultCount);
}

function durationOption(flag: string, description: string, defaultMs: number, parse = duration): Option {
  return new Option(`${flag} <duration>`, description).default(defaultMs, shownDuration(defaultMs)).argParser(parse);
}

function limitOption(flag: string, description: string, defaultMs: number): Option {
  return durationOption(flag, description, defaultMs, limit);
}

/** What the first line of the log has anyway. */
const inAddress = ['host', 'port', 'unix'];

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
  return typeof value === 'string' && /[^\w./-]/.test(value) ? JSON.stringify(value) : String(value);
}
