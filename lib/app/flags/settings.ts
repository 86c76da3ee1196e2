/** Which flags differ from their defaults, for the first line of the log. */
import type { Command, Option } from 'commander';
import { type Address, formatAddress } from '../../index.js';
import type { Settings } from '../describe.js';
import { shownDuration, shownSize } from './values.js';

/** What that line has anyway. */
const inFirstLine = ['host', 'port', 'unix', 'log'];

export function settingsOf(command: Command): Settings {
  return shownSettings(
    command.options.filter((option) => !inFirstLine.includes(option.name())),
    command.opts(),
  );
}

/** Which of these options differ from their defaults. */
export function shownSettings(options: readonly Option[], values: Readonly<Record<string, unknown>>): Settings {
  const changed = options.filter((option) => values[option.attributeName()] !== option.defaultValue);
  return Object.fromEntries(changed.map((option) => [option.name(), shown(option, values[option.attributeName()])]));
}

function shown({ flags }: Option, value: unknown): string {
  if (flags.endsWith('<duration>')) return shownDuration(value as number);
  if (flags.endsWith('<size>')) return shownSize(value as number);
  if (flags.endsWith('<address>')) return formatAddress(value as Address);
  if (value === true) return '';
  return typeof value === 'string' && /[^\w./-]/.test(value) ? JSON.stringify(value) : String(value);
}
