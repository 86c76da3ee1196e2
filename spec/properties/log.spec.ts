/** Whatever a peer sends, an event is one line of printable characters, from which the message can be read back. */
import fc from 'fast-check';
import { of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Log, logFormats } from '../../lib/app/log.js';
import { type Connection, type ServerEvent, TcpError } from '../../lib/index.js';
import { runs } from './runs.js';

const logs = Object.fromEntries(logFormats.map((format) => [format, new Log(format, {})])) as Record<string, Log>;

let printed = '';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    printed += line;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

function printedFor(format: string, event: ServerEvent): string {
  printed = '';
  logs[format]?.add(event);
  return printed;
}

/** One line, and nothing in it that a terminal obeys or a reader of logs takes for the end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const printable = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+\n$/;

const mostRemoteBytes = 256;

/** Text as bytes make it: of any characters, of controls, or too long. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '\n',
      '\r',
      '\u001b',
      '\u0000',
      '\u007f',
      '\u0085',
      '\u009b',
      '\u2028',
      '\u2029',
      '"',
      '\\',
      'é',
      'a',
    ),
  }),
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.string({ unit: 'grapheme', minLength: 100, maxLength: 400 }),
);

const address = fc.record({ host: fc.oneof(hostile, fc.ipV4(), fc.ipV6()), port: fc.nat(65_535) });

const error = hostile.map((message) => new TcpError('ERR_HANDLER_FAILED', message));

const bytes = { bytesRead: 1, bytesHeld: 0, bytesDiscarded: 0, bytesWritten: 0, bytesUnsent: 0 };

const connectionTo = (remote: Connection['remote']): Connection => ({
  ...{ id: 1, local: { host: '127.0.0.1', port: 1 }, remote, hasEnded: false, ...bytes },
  writable$: of(true),
  hold: () => {},
  release: () => {},
});

const closed = (remote: Connection['remote'], error: TcpError): ServerEvent => ({
  ...{ type: 'closed', connection: connectionTo(remote), reason: 'failed', error, durationMs: 1, ...bytes },
});

const local = { host: '127.0.0.1', port: 1 };

describe.each(logFormats)('a line of the log in the format %s', (format) => {
  it('is one printable line, with any error message and any address of the peer', () => {
    const event = fc.oneof(
      fc.tuple(address, error).map(([remote, error]) => closed(remote, error)),
      address.map((remote): ServerEvent => ({ type: 'opened', connection: connectionTo(remote) })),
      address.map((remote): ServerEvent => ({ type: 'dropped', remote, reason: 'limit' })),
      error.map((error): ServerEvent => ({ type: 'warning', error })),
    );
    const property = fc.property(event, (event) => {
      const line = printedFor(format, event);
      if (event.type !== 'dropped') expect(line).not.toBe(''); // a burst of those is one line
      if (line !== '') expect(line).toMatch(printable);
    });
    fc.assert(property, runs(500));
  });
});

describe('the message of an error, in the log', () => {
  /** A character that the limit has split shows as this one. */
  const cutOff = /\ufffd$/;

  it.each(logFormats)('is read back from the format %s, as far as a line has room for it', (format) => {
    const property = fc.property(hostile, (given) => {
      const message = Buffer.from(given).toString(); // a lone surrogate is no text
      const line = printedFor(format, closed(local, new TcpError('ERR_SYSTEM', message)));
      const text: string = format === 'json' ? JSON.parse(line).msg : line.slice(0, -1);
      const shown: string = JSON.parse(`"${text.slice(text.indexOf('; ') + 2)}"`);
      expect(message.startsWith(shown.replace(cutOff, ''))).toBe(true);
      const bytes = Buffer.byteLength(shown.replace(cutOff, ''));
      expect(bytes).toBeLessThanOrEqual(mostRemoteBytes);
      if (Buffer.byteLength(message) <= mostRemoteBytes) expect(shown).toBe(message);
    });
    fc.assert(property, runs(500));
  });
});
