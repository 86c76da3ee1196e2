/** The arguments of `rxjs-tcp connect`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Address, defaults } from '../../index.js';
import { compactHelp } from './help.js';
import { type ClientTlsFlags, clientTlsOptions, refuseTlsWithoutEffect } from './tls.js';
import { target, unixPath } from './values.js';

export interface ConnectFlags extends ClientTlsFlags {
  readonly unix: string | undefined;
}

export type Connect = (target: Address, words: readonly string[], flags: ConnectFlags) => void;

const notes = `
Exit status: 0 the peer ended its side, 1 the connection failed, 2 bad usage.`;

export function connectCommand(connect: Connect): Command {
  const command = new Command('connect')
    .usage('[options] <[host:]port> [word...]\n       rxjs-tcp connect [options] --unix path [word...]')
    .description('Send words or standard input, and print the replies until the peer ends.')
    .configureHelp(compactHelp)
    .argument('[[host:]port]', `address of the server; without a host: ${defaults.connect.host}`)
    .argument('[word...]', 'what to send, joined by spaces; none: standard input')
    .addOption(new Option('--unix <path>', 'connect to a Unix socket instead (none)').argParser(unixPath))
    .showSuggestionAfterError(false) // it would suggest the options of serve, which the root's help shows
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', notes);
  for (const option of clientTlsOptions()) command.addOption(option);
  return command.action((first: string | undefined, rest: string[], flags: ConnectFlags) => {
    refuseTlsWithoutEffect(command);
    const { unix } = flags;
    if (unix === undefined) connect(targetOf(first, command), rest, flags);
    else connect({ path: unix }, first === undefined ? [] : [first, ...rest], flags);
  });
}

/** Behind --unix the first argument is a word already, so the command line's own parser cannot know. */
function targetOf(argument: string | undefined, command: Command): Address {
  if (argument === undefined) command.error("missing required argument '[host:]port'");
  try {
    return target(argument);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    command.error(`argument '${argument}' is invalid for '[host:]port'. ${error.message}`);
  }
}
