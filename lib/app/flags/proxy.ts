/** The arguments of `rxjs-tcp proxy`. */
import { Command } from 'commander';
import { type Address, defaults, formatAddress } from '../../index.js';
import type { Settings } from '../describe.js';
import { type AdmissionFlags, admissionOptions } from './admission.js';
import { type FaultFlags, faultNotes, faultOptions, refuseFaultsWithoutEffect } from './faults.js';
import { compactHelp } from './help.js';
import { type LimitFlags, limitOptions } from './limits.js';
import { refuseLive } from './live.js';
import { monitoringNotes } from './monitoring.js';
import { limitOption } from './options.js';
import { type RunningFlags, runningOptions } from './running.js';
import { settingsOf } from './settings.js';
import { listeningAddress, upstreamAddress } from './values.js';

export interface ProxyFlags extends AdmissionFlags, LimitFlags, FaultFlags, RunningFlags {
  readonly connectTimeout: number;
}

export type StartProxy = (listen: Address, upstream: Address, flags: ProxyFlags, settings: Settings) => void;

const notes = `
LISTEN and UPSTREAM are a port, host:port, [host]:port, unix:PATH or, abstract,
unix:@NAME; without a host: ${defaults.server.host}. Port 0 is any free one to listen on.
A client is reset if the upstream cannot be reached, and the log says why.
A duration is a number of milliseconds, or a number with a unit: 250ms, 5s, 2m.${faultNotes}${monitoringNotes}
SIGTERM, SIGINT and SIGHUP shut down gracefully, a second one aborts.
Exit status: 0 graceful shutdown, 1 could not listen, 2 bad usage, 3 aborted.`;

export function proxyCommand(proxy: StartProxy): Command {
  const command = new Command('proxy')
    .usage('[options] LISTEN UPSTREAM')
    .description('Pass connections on to another server, as they are or with faults.')
    .configureHelp(compactHelp)
    .argument('<LISTEN>', 'where to listen', listeningAddress)
    .argument('<UPSTREAM>', 'the server', upstreamAddress)
    .showSuggestionAfterError(false) // it would suggest the options of serve, which the root's help shows
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', notes)
    .action((listen: Address, upstream: Address, flags: ProxyFlags) => {
      refuseLive(flags, command);
      refuseFaultsWithoutEffect(command, flags);
      const settings = { upstream: formatAddress(upstream), ...settingsOf(command) };
      if (formatAddress(listen) === settings.upstream) command.error('LISTEN and UPSTREAM are the same address');
      proxy(listen, upstream, flags, settings);
    });
  const { connectTimeoutMs } = defaults.connect;
  const connectTimeout = limitOption('--connect-timeout', 'wait so long for the upstream', connectTimeoutMs);
  const sections = [
    ['Clients:', admissionOptions('half of the open-file limit')],
    ['Limits of a connection, a duration or off:', [connectTimeout, ...limitOptions()]],
    ['Faults, between a client and the proxy:', faultOptions()],
    ['Shutdown, log:', runningOptions()],
  ] as const;
  for (const [heading, options] of sections) {
    for (const option of options) command.addOption(option.helpGroup(heading));
  }
  return command;
}
