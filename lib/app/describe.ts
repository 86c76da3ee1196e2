/** A line of the log in words, for people, and in fields, for programs. */
import {
  type Address,
  type Connection,
  ctime,
  formatAddress,
  type ServerEvent,
  type ServerUsage,
  type TcpError,
} from '../index.js';
import type { Repeated } from './repeats.js';
import type { Totals } from './totals.js';

/** What was set on the command line or in the environment to another value than the default: `delay: 1s`; of a flag without a value, ''. */
export type Settings = Readonly<Record<string, string>>;

/** What a line of the log tells. */
export type Entry =
  | Exclude<ServerEvent, { type: 'listening' | 'dropped' }>
  | (Extract<ServerEvent, { type: 'listening' }> & { readonly settings: Settings })
  | Repeated
  | { readonly type: 'certificate'; readonly file: string; readonly validTo: string }
  | { readonly type: 'faults'; readonly faults: Settings }
  /** Lines were dropped, since they were not read. */
  | { readonly type: 'unlogged'; readonly lines: number }
  | { readonly type: 'stopped'; readonly totals: Totals };

type Colour = 'green' | 'yellow' | 'red';

/** `paint` colours the words that matter. */
export function describe(entry: Entry, timeMs: number, paint: (colour: Colour, text: string) => string): string {
  const time = ctime(timeMs);
  switch (entry.type) {
    case 'listening': {
      const where = `${paint('green', 'listening')} on ${formatAddress(entry.address)}`;
      return [where, ...inWords(entry.settings)].join(', ');
    }
    case 'opened':
      return `opened ${shownPeer(entry.connection)} at ${time}`;
    case 'closed': {
      const peer = shownPeer(entry.connection);
      const reason = entry.reason === 'ended' ? entry.reason : paint('red', entry.reason);
      const seconds = (entry.durationMs / 1_000).toFixed(1);
      return `closed ${peer} at ${time}: ${reason} after ${seconds} s, ${volume(entry)}${shownError(entry.error)}`;
    }
    case 'dropped': {
      const peers = entry.count === undefined ? shownPeer(entry) : `${entry.count} more`;
      return `${paint('yellow', 'dropped')} ${peers} at ${time}: ${entry.reason}${shownError(entry.error)}`;
    }
    case 'probed':
      return entry.count === undefined
        ? `probed by ${shownAddress(entry.remote)} at ${time}, which connected, sent nothing and left`
        : `probed ${entry.count} times more at ${time}`;
    case 'warning':
      return `${paint('yellow', 'warning')} at ${time}: ${onOneLine(entry.error.message)}`;
    case 'draining':
      return `draining, connections open: ${entry.active}`;
    case 'certificate':
      return `read the certificate again at ${time}: ${onOneLine(entry.file)} is valid until ${entry.validTo}`;
    case 'faults':
      return `faults at ${time}: ${inWords(entry.faults).join(', ') || 'none'}`;
    case 'unlogged':
      return `dropped ${entry.lines} lines of this log`;
    case 'stopped':
      return `stopped at ${time}: ${inAll(entry.totals)}`;
  }
}

function inWords(settings: Settings): string[] {
  return Object.entries(settings).map(([name, value]) => `${name}${value && ` ${value}`}`);
}

function volume({ bytesRead, bytesWritten }: Pick<Totals, 'bytesRead' | 'bytesWritten'>): string {
  return `${bytesRead} bytes in, ${bytesWritten} out`;
}

function inAll({ connections, aborted, dropped, ...bytes }: Totals): string {
  const served = `${connections} connection${connections === 1 ? '' : 's'}${aborted > 0 ? ` (${aborted} aborted)` : ''}`;
  const refused = Object.entries(dropped).filter(([, count]) => count > 0);
  const counts = refused.map(([reason, count]) => `${count} ${reason}`).join(', ');
  return `${served}, ${volume(bytes)}${counts && `; dropped ${counts}`}`;
}

/** In place of a connection and of an error, what a program looks for: its id and its peer, its code. */
export function fieldsOf(entry: Entry): object {
  const { type, usage, connection, error, durationMs, ...rest } = entry as {
    type: string;
    usage?: ServerUsage;
    connection?: Connection;
    error?: TcpError;
    durationMs?: number;
  };
  return {
    event: type,
    ...(connection && { id: connection.id, remote: connection.remote }),
    ...(connection?.proxy && { proxy: connection.proxy }),
    ...rest,
    ...(durationMs !== undefined && { durationMs: Math.round(durationMs) }),
    ...(error && { code: error.code }),
  };
}

/** How much of a text is shown: an error's message may quote what a peer sent. */
const maxTextBytes = 256;

/** Behind a proxy with both addresses. */
function shownPeer({
  remote,
  proxy,
}: {
  readonly remote: Address | undefined;
  readonly proxy?: Address | undefined;
}): string {
  return proxy === undefined ? shownAddress(remote) : `${shownAddress(remote)} via proxy ${shownAddress(proxy)}`;
}

function shownError(error: TcpError | undefined): string {
  return error === undefined ? '' : `; ${onOneLine(error.message)}`;
}

/** A user's own transport can put any text into an address. */
function shownAddress(remote: Address | undefined): string {
  return remote === undefined ? 'a peer' : onOneLine(formatAddress(remote));
}

/** Escaped as in a JSON string, and cut. */
function onOneLine(text: string): string {
  const start = Buffer.from(text).toString('utf8', 0, maxTextBytes);
  return escapeControls(JSON.stringify(start).slice(1, -1));
}

/**
 * Escapes what JSON does not, and a terminal obeys or a log reader takes for a line break: DEL, C1, the line separators, and
 * what turns the direction of writing.
 */
export function escapeControls(json: string): string {
  return json.replaceAll(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (control) => {
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
