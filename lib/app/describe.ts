/** A server's event in words, for people, and in fields, for programs. */
import { type Address, ctime, formatAddress, type ServerEvent } from '../index.js';

export function describe(event: ServerEvent): string {
  switch (event.type) {
    case 'listening':
      return `listening on ${formatAddress(event.address)}`;
    case 'opened':
      return `opened ${shownAddress(event.connection.remote)} at ${ctime(Date.now())}`;
    case 'closed': {
      const remote = shownAddress(event.connection.remote);
      const seconds = (event.durationMs / 1_000).toFixed(1);
      const volume = `${event.bytesRead} bytes in, ${event.bytesWritten} out`;
      const error = event.error === undefined ? '' : `; ${onOneLine(event.error.message)}`;
      return `closed ${remote} at ${ctime(Date.now())}: ${event.reason} after ${seconds} s, ${volume}${error}`;
    }
    case 'dropped': {
      const remote = event.remote === undefined ? 'a peer' : shownAddress(event.remote);
      return `dropped ${remote} at ${ctime(Date.now())}: ${event.reason}`;
    }
    case 'warning':
      return `warning at ${ctime(Date.now())}: ${onOneLine(event.error.message)}`;
    case 'draining':
      return `draining, connections open: ${event.active}`;
  }
}

export function fieldsOf(event: ServerEvent): object {
  switch (event.type) {
    case 'opened':
      return { event: event.type, id: event.connection.id, remote: event.connection.remote };
    case 'closed': {
      const { type, connection, error, ...rest } = event;
      return { event: type, id: connection.id, remote: connection.remote, ...rest, ...(error && { code: error.code }) };
    }
    case 'dropped':
      return { event: event.type, remote: event.remote, reason: event.reason };
    case 'warning':
      return { event: event.type, code: event.error.code };
    default: {
      const { type, ...rest } = event;
      return { event: type, ...rest };
    }
  }
}

/** How much of a text is shown: an error's message may quote what a peer sent. */
const maxTextBytes = 256;

/** A user's own transport can put any text into an address. */
function shownAddress(remote: Address): string {
  return onOneLine(formatAddress(remote));
}

/** Escaped as in a JSON string, and cut. */
function onOneLine(text: string): string {
  const start = Buffer.from(text).toString('utf8', 0, maxTextBytes);
  return escapeControls(JSON.stringify(start).slice(1, -1));
}

/** Escapes what JSON does not, and a terminal obeys or a log reader takes for a line break: DEL, C1, U+2028, U+2029. */
export function escapeControls(json: string): string {
  return json.replaceAll(/[\u007f-\u009f\u2028\u2029]/g, (control) => {
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
