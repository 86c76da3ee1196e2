/** Lines that change faults: flags without their dashes, `clear`, `show` and `help`. */
import type { Option } from 'commander';
import { escapeControls, type Settings } from '../describe.js';
import type { FaultSettings } from '../faults.js';
import { settingOptions } from './faults.js';
import { shownSettings } from './settings.js';

type Values = Record<string, unknown>;

const options = new Map(settingOptions().map((option) => [option.name(), option]));

const usages = [...options.values()].map(({ flags }) => flags.replace('--', ''));

export const faultLineHelp = `a line has ${usages.join(', ')}; or it is clear, clear <name>, show or help`;

/**
 * The settings that a line changes `before` to; or what it asks for.
 * @throws Error that says in a line what is wrong
 */
export function readFaultLine(line: string, before: FaultSettings): FaultSettings | 'show' | 'help' {
  const [verb = '', ...names] = line.trim().split(/\s+/);
  if ((verb === 'show' || verb === 'help') && names.length === 0) return verb;
  const settings = { ...before } as unknown as Values;
  if (verb === 'clear') clear(settings, names);
  else set(settings, [verb, ...names]);
  const changed = settings as unknown as FaultSettings;
  if (changed.jitter === undefined || changed.latency !== undefined) return changed;
  throw new Error('jitter has no effect without latency');
}

/** Those that hold, in words. */
export function shownFaults(settings: FaultSettings): Settings {
  return shownSettings([...options.values()], settings as unknown as Values);
}

function set(settings: Values, words: readonly string[]): void {
  for (let rest = words; rest.length > 0; ) {
    const [name = '', value] = rest;
    const option = optionNamed(name);
    settings[option.attributeName()] = option.isBoolean() || readValue(option, value);
    rest = rest.slice(option.isBoolean() ? 1 : 2);
  }
}

/** Jitter goes with the latency that it belongs to. */
function clear(settings: Values, names: readonly string[]): void {
  const all = names.length === 0 ? [...options.keys()] : names.includes('latency') ? [...names, 'jitter'] : names;
  for (const option of all.map(optionNamed)) settings[option.attributeName()] = option.defaultValue;
}

function optionNamed(name: string): Option {
  const option = options.get(name);
  if (option !== undefined) return option;
  throw new Error(`unknown word ${quoted(name)}: ${faultLineHelp}`);
}

function readValue(option: Option, value: string | undefined): unknown {
  if (value === undefined) throw new Error(`${option.flags.replace('--', '')}: the value is missing`);
  try {
    return option.parseArg?.(value, undefined);
  } catch (error) {
    throw new Error(`${option.name()} ${quoted(value)} is invalid: ${(error as Error).message}`);
  }
}

/** What came from elsewhere, for a terminal. */
function quoted(text: string): string {
  return escapeControls(JSON.stringify(text.slice(0, 40)));
}
