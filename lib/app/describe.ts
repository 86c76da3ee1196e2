/** A server's event in words, for people, and in fields, for programs. */
import { type Address, type Connection, ctime, formatAddress, type ServerEvent, type TcpError } from '../index.js';

export function describe(event: ServerEvent): string {
  const time = ctime(Date.now());
  switch (event.type) {
    case 'listening':
      return `listening on ${formatAddress(event.address)}`;
    case 'opened':
      return `opened ${shownAddress(event.connection.remote)} at ${time}`;
    case 'closed': {
      const remote = shownAddress(event.connection.remote);
      const seconds = (event.durationMs / 1_000).toFixed(1);
      const volume = `${event.bytesRead} bytes in, ${event.bytesWritten} out`;
      const error = event.error === undefined ? '' : `; ${onOneLine(event.error.message)}`;
      return `closed ${remote} at ${time}: ${event.reason} after ${seconds} s, ${volume}${error}`;
    }
    case 'dropped':
      return `dropped ${shownAddress(event.remote)} at ${time}: ${event.reason}`;
    case 'warning':
      return `warning at ${time}: ${onOneLine(event.error.message)}`;
    case 'draining':
      return `draining, connections open: ${event.active}`;
  }
}

/** In place of a connection and of an error, what a program looks for: its id and its peer, its code. */
export function fieldsOf(event: ServerEvent): object {
  const { type, connection, error, ...rest } = event as { type: string; connection?: Connection; error?: TcpError };
  return {
    event: type,
    ...(connection && { id: connection.id, remote: connection.remote }),
    ...rest,
    ...(error && { code: error.code }),
  };
}

/** How much of a text is shown: an error's message may quote what a peer sent. */
const maxTextBytes = 256;

/** A user's own transport can put any text into an address. */
function shownAddress(remote: Address | undefined): string {
  return remote === undefined ? 'a peer' : onOneLine(formatAddress(remote));
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
