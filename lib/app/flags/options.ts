/** Options that take a count, a duration or a limit, with a default. */
import { Option } from 'commander';
import { count, duration, limit, shownDuration } from './values.js';

export function countOption(flags: string, description: string, defaultCount: number): Option {
  return new Option(flags, description).argParser(count).default(defaultCount);
}

export function durationOption(flag: string, description: string, defaultMs: number, parse = duration): Option {
  return new Option(`${flag} <duration>`, description).default(defaultMs, shownDuration(defaultMs)).argParser(parse);
}

export function limitOption(flag: string, description: string, defaultMs: number): Option {
  return durationOption(flag, description, defaultMs, limit);
}
