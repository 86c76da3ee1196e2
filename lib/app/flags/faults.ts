/** The flags that make connections go wrong, in the words of Toxiproxy where it has them. */
import { type Command, Option } from 'commander';
import { type FaultSettings, faultsOf } from '../faults.js';
import { refuseAlone, refuseIdle } from './combinations.js';
import { count, duration, integer, share, size } from './values.js';

export interface FaultFlags extends FaultSettings {
  readonly seed: number | undefined;
  /** Faults can be changed from standard input, even if there are none at the start. */
  readonly control: boolean;
}

export const faultNotes = `
Faults strike what the client receives (--direction outgoing), what it sends
(incoming), or both. A size is a number of bytes, or 64KB, 64KiB, 1MB; a share
is a number from 0 to 1. Connections count from the start, the first one is 1.
With a fault or --control, lines on standard input, a terminal or a pipe, change
the faults, of open connections too: latency 200ms jitter 20ms sets these two,
clear latency and clear end them, show tells what holds, help what is known.`;

export function faultOptions(): Option[] {
  return [
    ...settingOptions(),
    new Option('--seed <number>', 'strike the same again (a random one)').argParser(integer(0, 2 ** 31 - 1)),
    new Option('--control', 'change faults while it runs').default(false, 'with a fault'),
  ];
}

/** What can be changed while a server runs. */
export function settingOptions(): Option[] {
  const directions = ['outgoing', 'incoming', 'both'];
  return [
    new Option('--latency <duration>', 'delay what passes (none)').argParser(duration),
    new Option('--jitter <duration>', 'make it up to this much longer or shorter (0)').argParser(duration),
    new Option('--bandwidth <size>', 'pass so many bytes a second (no limit)').argParser(size),
    new Option('--slice <size>', 'cut what passes, a slice a millisecond (off)').argParser(size),
    new Option('--corrupt <share>', 'change so many of the bytes (0)').argParser(share),
    new Option('--close-after <size>', 'close when more bytes than this come (off)').argParser(size),
    new Option('--reset-after <size>', 'reset once so many bytes have passed (off)').argParser(size),
    new Option('--timeout <duration>', 'pass nothing, then close; 0: never (off)').argParser(duration),
    new Option('--half-open', 'pass no FIN').default(false, 'off'),
    new Option('--refuse', 'reset connections as they come').default(false, 'off'),
    new Option('--direction <way>', 'which one, see below').choices(directions).default('outgoing'),
    new Option('--toxicity <share>', 'strike so many of the connections (1)').argParser(share),
    new Option('--first <count>', 'strike the first ones only (all)').argParser(count),
  ];
}

/** @param isSeedTaken whether something else than a fault takes the seed */
export function refuseFaultsWithoutEffect(command: Command, flags: FaultFlags, isSeedTaken = false): void {
  refuseAlone(command, 'jitter', 'latency');
  if (flags.control || faultsOf(flags).length > 0) return;
  const idle = ['direction', 'toxicity', 'first', ...(isSeedTaken ? [] : ['seed'])];
  for (const name of idle) refuseIdle(command, name, 'a fault, such as --latency');
}
