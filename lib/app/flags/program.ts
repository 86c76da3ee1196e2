/** The command line: its commands, and the help that fits a screen. */
import { Command, type CommanderError } from 'commander';
import { type Connect, connectCommand } from './connect.js';
import { compactHelpWith } from './help.js';
import { proxyCommand, type StartProxy } from './proxy.js';
import { type Serve, serveCommand } from './serve.js';

export interface Commands {
  readonly serve: Serve;
  readonly proxy: StartProxy;
  readonly connect: Connect;
}

const examples = `
Examples:
  rxjs-tcp                           answer on 127.0.0.1:50007 after 5 s
  rxjs-tcp -p 7000 -d 250ms -m 100   another port and delay, at most 100 clients
  rxjs-tcp --reply '{data}\\n'        send back what came, and a newline
  rxjs-tcp proxy 7000 5432           pass connections on; --latency 1s: slowly
  rxjs-tcp connect 7000 hello        send a word and print the reply

rxjs-tcp serve --help lists all options; proxy --help, connect --help their own.`;

export function program(version: string, commands: Commands): Command {
  const serve = serveCommand(commands.serve);
  const isCommon = ({ short }: { short?: string | undefined }) => short !== undefined;
  const root = new Command('rxjs-tcp')
    .usage(
      '[serve] [options]\n       rxjs-tcp proxy [options] LISTEN UPSTREAM\n       rxjs-tcp connect [host:]port [word...]',
    )
    .description('The delayed, timestamped echo server, a proxy, and a client.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addCommand(serve, { isDefault: true, hidden: true })
    .addCommand(proxyCommand(commands.proxy), { hidden: true })
    .addCommand(connectCommand(commands.connect), { hidden: true })
    .helpCommand(false) // `--help` does the same
    .configureHelp(compactHelpWith(serve.options.filter(isCommon)))
    .addHelpText('after', examples);
  for (const command of [root, ...root.commands]) {
    const usage = [root.name(), ...(command === root ? [] : [command.name()]), '--help'].join(' ');
    command.exitOverride((error) => refuse(error, usage)).configureOutput({ writeErr: () => {} });
  }
  return root;
}

/** On one line, with where to read what is accepted. */
function refuse(error: CommanderError, usage: string): never {
  const problem = error.message.replace(/^error: (command-(?=argument))?|\.$/g, '');
  throw Object.assign(error, { message: `${problem}; see ${usage}` });
}
