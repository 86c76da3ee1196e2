/** The values that flags take: how each is read, and how it is shown. */
import { InvalidArgumentError } from 'commander';
import ms from 'ms';
import { defaults, echo, type TcpAddress } from '../../index.js';

/** The largest count, size and duration. */
const maxInt32 = 2 ** 31 - 1;

/** Makes a parser from `read`, which returns undefined for a value that is not `expected`. */
function parser<T>(expected: string, read: (value: string) => T | undefined): (value: string) => T {
  return (value) => {
    const parsed = read(value);
    if (parsed !== undefined) return parsed;
    throw new InvalidArgumentError(`Expected ${expected}.`);
  };
}

export function integer(min: number, max: number) {
  return parser(`an integer from ${min} to ${max}`, (value) => {
    const number = Number(value);
    return /^\d+$/.test(value) && number >= min && number <= max ? number : undefined;
  });
}

export const count = integer(1, maxInt32);

export const host = parser('a host name or an address', (value) => value || undefined);

const durations = `a duration from 0 to ${maxInt32} ms, such as 250ms, 5s, 2m or 0`;
const durationOrOff = parser(`${durations} or off`, (value) => (value === 'off' ? Infinity : milliseconds(value)));
export const duration = parser(durations, milliseconds);
export const limit = parser('a duration above 0, or off', (value) => durationOrOff(value) || undefined);

function milliseconds(value: string): number | undefined {
  const parsed = /^\d+(\.\d+)?(ms|s|m|h)$|^\d+$/.test(value) ? ms(value as ms.StringValue) : Number.NaN;
  return Number.isInteger(parsed) && parsed <= maxInt32 ? parsed : undefined;
}

const units = { h: 3_600_000, m: 60_000, s: 1_000 };

/** In the largest unit that divides it. */
export function shownDuration(milliseconds: number): string {
  if (milliseconds === Number.POSITIVE_INFINITY) return 'off';
  for (const [unit, length] of Object.entries(units)) {
    if (milliseconds > 0 && milliseconds % length === 0) return `${milliseconds / length}${unit}`;
  }
  return milliseconds === 0 ? '0' : `${milliseconds}ms`;
}

/** A shell passes `\n` on as two characters. */
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0', '\\': '\\' };

const replies = 'text, python, raw or a template with {data}, {remote} or {time}, and \\n, \\r, \\t, \\0 or \\\\ in it';

export const reply = parser(replies, (value) => {
  const plain = value.replaceAll(/\\(.?)/gs, (_, character) => escapes[character] ?? '{}'); // no template has `{}`
  try {
    echo({ reply: plain }); // leaves the check to the library
    return plain;
  } catch {
    return undefined;
  }
});

/** Parses `port`, `host:port` or `[host]:port`, the last one for a host with colons. */
export const target = parser('a port from 1 to 65535, host:port or [host]:port', (value): TcpAddress | undefined => {
  const [, bracketed, plain, digits] = /^(?:(?:\[(.+)\]|([^:]+)):)?(\d+)$/.exec(value) ?? [];
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? { host: bracketed ?? plain ?? defaults.connect.host, port } : undefined;
});
