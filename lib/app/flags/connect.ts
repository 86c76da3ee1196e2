/** The arguments of `rxjs-tcp connect`. */
import { Command } from 'commander';
import { defaults, type TcpAddress } from '../../index.js';
import { target } from './values.js';

export type Connect = (target: TcpAddress, words: readonly string[]) => void;

export function connectCommand(connect: Connect): Command {
  return new Command('connect')
    .description('Send words or standard input, and print the replies until the peer ends.')
    .argument('<[host:]port>', `address of the server; without a host: ${defaults.connect.host}`, target)
    .argument('[word...]', 'what to send, joined by spaces; none: standard input')
    .showSuggestionAfterError(false) // it would suggest the options of serve, which the root's help shows
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', '\nExit status: 0 the peer ended its side, 1 the connection failed, 2 bad usage.')
    .action((to: TcpAddress, words: string[]) => connect(to, words));
}
