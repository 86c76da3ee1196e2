/** What the command makes of its arguments, without running it. */
import { CommanderError } from 'commander';
import { program } from '../../lib/app/flags/program.js';
import type { ProxyFlags } from '../../lib/app/flags/proxy.js';
import type { ServeFlags } from '../../lib/app/flags/serve.js';
import type { Address } from '../../lib/index.js';

export type Parsed =
  | { readonly serve: ServeFlags }
  | { readonly proxy: readonly [listen: Address, upstream: Address, flags: ProxyFlags] }
  | { readonly connect: Address }
  | { readonly refused: CommanderError };

/** Parses as `rxjs-tcp` does, and runs nothing. */
export function parsed(args: readonly string[]): Parsed {
  let result: Parsed | undefined;
  const commands = {
    serve: (serve: ServeFlags) => {
      result = { serve };
    },
    proxy: (listen: Address, upstream: Address, flags: ProxyFlags) => {
      result = { proxy: [listen, upstream, flags] };
    },
    connect: (connect: Address) => {
      result = { connect };
    },
  };
  try {
    program('0', commands).parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error; // the command would print any other with a stack
    result = { refused: error };
  }
  if (result === undefined) throw new Error('Neither run nor refused');
  return result;
}
