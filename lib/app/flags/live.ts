/** The flag of the live view, which needs a terminal. */
import { type Command, Option } from 'commander';
import { refuseTogether } from './combinations.js';

export interface LiveFlags {
  readonly live: boolean;
}

export function liveOption(): Option {
  return new Option('--live', 'show figures and slowest peers').default(false, 'off');
}

export function refuseLive({ live }: LiveFlags, command: Command): void {
  refuseTogether(command, 'live', 'log');
  if (live && !(process.stdout.isTTY && process.env.TERM !== 'dumb')) {
    command.error("option '--live' needs a terminal as standard output, of which the cursor can be moved");
  }
}
