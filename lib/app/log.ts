/** The server's log: one line for each event, for people or as JSON, and the totals at its end. */
import { styleText } from 'node:util';
import type { ServerEvent } from '../index.js';
import { describe, type Entry, escapeControls, fieldsOf, type Settings } from './describe.js';
import { linePrinter } from './line-printer.js';
import { Refusals } from './refusals.js';
import { Totals } from './totals.js';

export const logFormats = ['pretty', 'json'] as const;

/** What the log is to print. */
export interface LogFlags {
  readonly log: (typeof logFormats)[number];
  readonly quiet: boolean;
}

export class Log {
  #settings: Settings;
  readonly #printFirst: (entry: Entry) => void;
  readonly #print: (entry: Entry) => void;
  readonly #refusals: Refusals;
  readonly #totals = new Totals();

  /**
   * @param settings what its first line tells of the command line
   * @param isQuiet no line follows that one
   */
  constructor(format: LogFlags['log'], settings: Settings, isQuiet = false) {
    this.#settings = settings;
    this.#printFirst = format === 'json' ? jsonPrint() : prettyPrint();
    this.#print = isQuiet ? () => {} : this.#printFirst;
    this.#refusals = new Refusals(this.#print);
  }

  add(event: ServerEvent): void {
    this.#totals.count(event);
    if (event.type === 'listening') this.#printFirst({ ...event, settings: this.#settings });
    else if (event.type === 'dropped') this.#refusals.add(event);
    else this.#print(event);
  }

  /** Before the first line: what the command line left open. */
  set(name: string, value: string): void {
    this.#settings = { ...this.#settings, [name]: value };
  }

  /** What is no event of the server. */
  tell(entry: Entry): void {
    this.#print(entry);
  }

  /** What was asked for: with --quiet, too. */
  answer(entry: Entry): void {
    this.#printFirst(entry);
  }

  end(): void {
    this.#refusals.flush();
    this.#totals.end();
    this.#print({ type: 'stopped', totals: this.#totals });
  }
}

/** @param seed of what is random, if anything is: with it, a run can be repeated */
export function openLog(flags: LogFlags, settings: Settings, seed: number | undefined): Log {
  return new Log(flags.log, seed === undefined ? settings : { ...settings, seed: String(seed) }, flags.quiet);
}

function prettyPrint(): (entry: Entry) => void {
  const printLine = linePrinter((dropped) => `dropped ${dropped} lines of this log`);
  return (entry) => printLine(`${describe(entry, styleText)}\n`); // which leaves text as it is where no colour is wanted
}

function jsonPrint(): (entry: Entry) => void {
  const printLine = linePrinter((dropped) => JSON.stringify({ event: 'unlogged', lines: dropped }));
  return (entry) => {
    const line = { time: new Date().toISOString(), ...fieldsOf(entry), msg: describe(entry, (_, text) => text) };
    printLine(`${escapeControls(JSON.stringify(line))}\n`);
  };
}
