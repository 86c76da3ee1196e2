/** What the server prints: a line an event, for people or as JSON. */
import pino from 'pino';
import { ctime, formatAddress, type ServerEvent } from '../index.js';
import { linePrinter } from './line-printer.js';

export const logFormats = ['pretty', 'json'] as const;

export type Log = (event: ServerEvent) => void;

export function standardLog(format: (typeof logFormats)[number]): Log {
  const print = linePrinter();
  if (format === 'pretty') return (event) => print(`${describe(event)}\n`);
  const logger = pino({ base: null }, { write: print });
  return (event) => logger.info(fieldsOf(event), describe(event));
}

function describe(event: ServerEvent): string {
  switch (event.type) {
    case 'listening':
      return `listening on ${formatAddress(event.address)}`;
    case 'opened':
      return `opened ${formatAddress(event.connection.remote)} at ${ctime(Date.now())}`;
    case 'closed': {
      const seconds = (event.durationMs / 1_000).toFixed(1);
      const volume = `${event.bytesRead} bytes in, ${event.bytesWritten} out`;
      const error = event.error === undefined ? '' : `; ${oneLine(event.error.message)}`;
      const remote = formatAddress(event.connection.remote);
      return `closed ${remote} at ${ctime(Date.now())}: ${event.reason} after ${seconds} s, ${volume}${error}`;
    }
    case 'dropped': {
      const remote = event.remote === undefined ? 'a peer' : formatAddress(event.remote);
      return `dropped ${remote} at ${ctime(Date.now())}: ${event.error?.message ?? event.reason}`;
    }
    case 'draining':
      return `draining ${event.active} connections`;
  }
}

function fieldsOf(event: ServerEvent): object {
  switch (event.type) {
    case 'opened':
      return { event: event.type, id: event.connection.id, remote: event.connection.remote };
    case 'closed': {
      const { type, connection, error, ...rest } = event;
      return { event: type, id: connection.id, remote: connection.remote, ...rest, ...(error && { code: error.code }) };
    }
    case 'dropped':
      return { event: event.type, remote: event.remote, reason: event.reason, code: event.error?.code };
    default: {
      const { type, ...rest } = event;
      return { event: type, ...rest };
    }
  }
}

/** An error's message may quote what a peer sent. */
function oneLine(message: string): string {
  return JSON.stringify(message).slice(1, -1);
}
