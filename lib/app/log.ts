/** The server's log: one line for each event, for people or as JSON, and the totals at its end. */
import { styleText } from 'node:util';
import type { ServerEvent } from '../index.js';
import { describe, type Entry, escapeControls, fieldsOf, type Settings } from './describe.js';
import { isTold, type LogLevel, levelOf } from './levels.js';
import { linePrinter } from './line-printer.js';
import type { LiveView } from './live/live-view.js';
import { Probes } from './probes.js';
import { Repeats } from './repeats.js';
import { Totals } from './totals.js';

export const logFormats = ['pretty', 'json'] as const;

/** What the log is to print. */
export interface LogFlags {
  /** Undefined: for people on a terminal, for programs elsewhere. */
  readonly log: (typeof logFormats)[number] | undefined;
  readonly logLevel: LogLevel;
  readonly quiet: boolean;
}

type Print = (entry: Entry, time?: number) => void;

export class Log {
  #settings: Settings;
  readonly #printFirst: Print;
  readonly #print: Print;
  readonly #repeats: Repeats;
  /** Undefined where each connection has its lines. */
  readonly #probes: Probes | undefined;
  readonly #totals = new Totals();

  /**
   * @param settings what its first line tells of the command line
   * @param least the least important lines that follow that one
   * @param view gets the lines while it has the terminal
   */
  constructor(
    format: (typeof logFormats)[number],
    settings: Settings,
    least: LogLevel | 'none' = 'debug',
    view?: LiveView,
  ) {
    this.#settings = settings;
    this.#printFirst = format === 'json' ? jsonPrint() : prettyPrint(view);
    this.#print = (entry, time) => {
      if (least !== 'none' && isTold(levelOf(entry), least)) this.#printFirst(entry, time);
    };
    this.#repeats = new Repeats(this.#print);
    if (least === 'info') this.#probes = new Probes(this.#print, (probe) => this.#repeats.add(probe));
  }

  add(event: ServerEvent): void {
    this.#totals.count(event);
    if (event.type === 'listening') this.#printFirst({ ...event, settings: this.#settings });
    else if (event.type === 'dropped') this.#repeats.add(event);
    else if (event.type === 'opened' && this.#probes) this.#probes.opened(event);
    else if (event.type === 'closed' && this.#probes) this.#probes.closed(event);
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
    this.#probes?.flush();
    this.#repeats.flush();
    this.#totals.end();
    this.#print({ type: 'stopped', totals: this.#totals });
  }
}

/** @param seed of what is random, if anything is: with it, a run can be repeated */
export function openLog(
  { log, logLevel, quiet }: LogFlags,
  settings: Settings,
  seed: number | undefined,
  view: LiveView | undefined,
): Log {
  const format = log ?? (process.stdout.isTTY ? 'pretty' : 'json');
  const told = seed === undefined ? settings : { ...settings, seed: String(seed) };
  return new Log(format, told, quiet ? 'none' : logLevel, view);
}

const plain = (_colour: string, text: string): string => text;

function prettyPrint(view?: LiveView): Print {
  const print = printWith((entry, time) => describe(entry, time, styleText)); // plain where no colour is wanted
  return (entry, time = Date.now()) => {
    if (view?.isOn) view.tell(describe(entry, time, plain));
    else print(entry, time);
  };
}

function jsonPrint(): Print {
  return printWith((entry, time) => {
    const msg = describe(entry, time, plain);
    const line = { time: new Date(time).toISOString(), level: levelOf(entry), ...fieldsOf(entry), msg };
    return escapeControls(JSON.stringify(line));
  });
}

function printWith(inOneLine: (entry: Entry, time: number) => string): Print {
  const lineOf = (entry: Entry, time: number): string => `${inOneLine(entry, time)}\n`;
  const printLine = linePrinter((lines) => lineOf({ type: 'unlogged', lines }, Date.now()));
  return (entry, time = Date.now()) => printLine(lineOf(entry, time));
}
