/** The flags of `rxjs-tcp serve`, by topic. */
import { Command, Option } from 'commander';
import { defaults } from '../../index.js';
import type { Settings } from '../describe.js';
import { type AdmissionFlags, admissionOptions } from './admission.js';
import { type FaultFlags, faultNotes, faultOptions, refuseFaultsWithoutEffect } from './faults.js';
import { compactHelp } from './help.js';
import { type LimitFlags, limitOptions } from './limits.js';
import { type ListeningFlags, listeningOptions, refuseTwoPlaces } from './listening.js';
import { refuseLive } from './live.js';
import { monitoringNotes } from './monitoring.js';
import { countOption } from './options.js';
import { type RunningFlags, runningOptions } from './running.js';
import { settingsOf } from './settings.js';
import { refuseHalfTls, type ServerTlsFlags, serverTlsOptions } from './tls.js';
import { type DelayRange, delay, reply, shownDuration } from './values.js';

export interface ServeFlags
  extends ListeningFlags,
    AdmissionFlags,
    ServerTlsFlags,
    LimitFlags,
    FaultFlags,
    RunningFlags {
  readonly service: (typeof serviceNames)[number];
  readonly delay: number | DelayRange;
  readonly delayPer: 'connection' | 'chunk';
  readonly reply: string;
  readonly maxChunk: number;
  readonly highWaterMark: number;
}

/** @param isHostOfEnvironment it may be there for another program */
export type Serve = (flags: ServeFlags, settings: Settings, isHostOfEnvironment: boolean) => void;

/** What a server can do; `echo` and `lines` are the ones with a delay and a reply. */
const serviceNames = ['echo', 'lines', 'discard', 'daytime', 'time', 'chargen'] as const;
const withReplies = ['echo', 'lines'];

/** The chunk size of the original. */
const maxChunkBytes = 1_024;

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
A duration is a number of milliseconds, or a number with a unit: 250ms, 5s, 2m.${faultNotes}${monitoringNotes}
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
      if (unknown !== undefined) command.error(`unknown command '${unknown}', expected serve, proxy or connect`);
      refuseReplies(flags, command);
      refuseTwoPlaces(command);
      refuseHalfTls(command);
      refuseLive(flags, command);
      refuseFaultsWithoutEffect(command, flags, typeof flags.delay === 'object');
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
    new Option('-d, --delay <duration>', 'wait before replies; 1s..3s: at random')
      .argParser(delay)
      .default(echo.delayMs, shownDuration(echo.delayMs)),
    new Option('--delay-per <unit>', 'wait once a connection or chunk')
      .choices(['connection', 'chunk'])
      .default(echo.delayPer),
    new Option('--reply <reply>', 'what to send back, see below').argParser(reply).default(echo.reply),
    countOption('--max-chunk <bytes>', 'split reads longer than this', maxChunkBytes),
  ];
  const highWaterMark = '--high-water-mark <bytes>';
  const memory = [countOption(highWaterMark, 'read no more while it holds this', server.highWaterMarkBytes)];
  return [
    ['Listening:', listeningOptions()],
    ['Peers:', admissionOptions('open-file limit less 64')],
    ['TLS:', serverTlsOptions()],
    ['Replies:', replies],
    ['Limits of a connection, a duration or off:', limitOptions()],
    ['Faults:', faultOptions()],
    ['Memory, shutdown, log:', [...memory, ...runningOptions()]],
  ];
}

/** A delay that has no effect would be a surprise in a test. */
function refuseReplies({ service }: ServeFlags, command: Command): void {
  const unused = ['delay', 'delayPer', 'reply'].find((name) => command.getOptionValueSource(name) !== 'default');
  if (unused === undefined || withReplies.includes(service)) return;
  const flag = command.options.find((option) => option.attributeName() === unused)?.long;
  command.error(`option '${flag}' has no effect with --service ${service}, only with ${withReplies.join(' and ')}`);
}
