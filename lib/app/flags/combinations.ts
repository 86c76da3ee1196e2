/** Flags that exclude or need each other: refused with a message that names both. */
import type { Command } from 'commander';

const isGiven = (command: Command, name: string): boolean => command.getOptionValueSource(name) === 'cli';

const flagOf = (command: Command, name: string): string =>
  command.options.find((option) => option.attributeName() === name)?.long ?? name;

export function refuseTogether(command: Command, name: string, other: string): void {
  if (!isGiven(command, name) || !isGiven(command, other)) return;
  command.error(`option '${flagOf(command, name)}' cannot be used with '${flagOf(command, other)}': give one of them`);
}

/** @param needed of which each is missed where `name` is given without it */
export function refuseAlone(command: Command, name: string, ...needed: string[]): void {
  const missing = needed.find((other) => !isGiven(command, other));
  if (missing !== undefined) refuseIdle(command, name, `'${flagOf(command, missing)}'`);
}

/** @param missing without which `name` has no effect */
export function refuseIdle(command: Command, name: string, missing: string): void {
  if (!isGiven(command, name)) return;
  command.error(`option '${flagOf(command, name)}' has no effect without ${missing}`);
}
