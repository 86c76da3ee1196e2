/** The server's log: one line for each event, for people or as JSON. */
import pino from 'pino';
import type { ServerEvent } from '../index.js';
import { describe, escapeControls, fieldsOf } from './describe.js';
import { linePrinter } from './line-printer.js';

export const logFormats = ['pretty', 'json'] as const;

export type Log = (event: ServerEvent) => void;

/** Prints an event, and how many like it were left out before it. */
type Print = (event: ServerEvent, unprinted: number) => void;

/** `dropped` is printed at most this often, so that a flood of refused peers does not flood the log. */
const droppedEveryMs = 1_000;

export function standardLog(format: (typeof logFormats)[number]): Log {
  const print = format === 'json' ? jsonPrint() : prettyPrint();
  let droppedAt = Number.NEGATIVE_INFINITY;
  let unprinted = 0;
  return (event) => {
    if (event.type !== 'dropped') {
      print(event, 0);
    } else if (performance.now() - droppedAt < droppedEveryMs) {
      unprinted += 1;
    } else {
      print(event, unprinted);
      droppedAt = performance.now();
      unprinted = 0;
    }
  };
}

function prettyPrint(): Print {
  const printLine = linePrinter((dropped) => `dropped ${dropped} lines of this log`);
  return (event, unprinted) => printLine(`${describe(event)}${unprinted > 0 ? `, and ${unprinted} more` : ''}\n`);
}

function jsonPrint(): Print {
  const printLine = linePrinter((dropped) => JSON.stringify({ event: 'unlogged', lines: dropped }));
  const logger = pino({ base: null }, { write: (line: string) => printLine(escapeControls(line)) });
  return (event, unprinted) =>
    logger.info({ ...fieldsOf(event), ...(unprinted > 0 && { unprinted }) }, describe(event));
}
