/** The values that flags take: how each is read, and how it is shown. */
import { InvalidArgumentError } from 'commander';
import ms from 'ms';
import { type Address, addressList, defaults, echo, type TcpAddress } from '../../index.js';

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
  return parser(`an integer from ${min} to ${max}`, (value) => numberIn(value, min, max));
}

function numberIn(digits: string, min: number, max: number): number | undefined {
  const number = Number(digits);
  return /^\d+$/.test(digits) && number >= min && number <= max ? number : undefined;
}

export const count = integer(1, maxInt32);

export const host = parser('a host name or an address', (value) => value || undefined);

export const file = parser('the path of a file', (value) => value || undefined);

/** No argument can hold the zero byte that begins the name of an abstract socket; `@` stands for it in socat and ss, too. */
export const unixPath = parser('a path, or @name', (value) => value.replace(/^@/, '\0') || undefined);

/** The number of a file descriptor, or the first one that systemd hands over. */
export const descriptor = parser(`systemd or an integer from 0 to ${maxInt32}`, (value) => {
  return value === 'systemd' ? value : numberIn(value, 0, maxInt32);
});

const readNetworks = parser('addresses or networks, such as 127.0.0.1,10.0.0.0/8,fd00::/8', (value) => {
  const entries = value.split(',').map((entry) => entry.trim());
  try {
    addressList(entries); // leaves the check to the library
    return entries;
  } catch {
    return undefined;
  }
});

/** A flag that is given again adds to what it has. */
export const networks = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...readNetworks(value),
];

const durations = `a duration from 0 to ${maxInt32} ms, such as 250ms, 5s, 2m or 0`;
const durationOrOff = parser(`${durations} or off`, (value) => (value === 'off' ? Infinity : milliseconds(value)));
export const duration = parser(durations, milliseconds);
export const limit = parser('a duration above 0, or off', (value) => durationOrOff(value) || undefined);

function milliseconds(value: string): number | undefined {
  const parsed = /^\d+(\.\d+)?(ms|s|m|h)$|^\d+$/.test(value) ? ms(value as ms.StringValue) : Number.NaN;
  return Number.isInteger(parsed) && parsed <= maxInt32 ? parsed : undefined;
}

/** A delay that is drawn from a range, both ends included. */
export interface DelayRange {
  readonly minMs: number;
  readonly maxMs: number;
}

export const delay = parser(`${durations}, or a range, such as 1s..3s`, (value): number | DelayRange | undefined => {
  const [min, max, ...others] = value.split('..').map(milliseconds);
  if (max === undefined || min === undefined || others.length > 0) return value.includes('..') ? undefined : min;
  return min <= max ? { minMs: min, maxMs: max } : undefined;
});

export const share = parser('a number from 0 to 1, such as 0.1', (value) => {
  return /^(\d+|\d*\.\d+)$/.test(value) && Number(value) <= 1 ? Number(value) : undefined;
});

const bytesPerUnit = { MiB: 1_048_576, MB: 1_000_000, KiB: 1_024, KB: 1_000, '': 1 };
type SizeUnit = keyof typeof bytesPerUnit;

export const size = parser(`a size from 1 to ${maxInt32} bytes, such as 100, 64KB or 1MiB`, (value) => {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([KM]i?B)?$/.exec(value) ?? [];
  const bytes = Number(digits) * bytesPerUnit[unit as SizeUnit];
  return Number.isInteger(bytes) && bytes >= 1 && bytes <= maxInt32 ? bytes : undefined;
});

const units = { h: 3_600_000, m: 60_000, s: 1_000 };

/** In the largest unit that divides it. */
export function shownDuration(milliseconds: number | DelayRange): string {
  if (typeof milliseconds !== 'number') return Object.values(milliseconds).map(shownDuration).join('..');
  if (milliseconds === Number.POSITIVE_INFINITY) return 'off';
  for (const [unit, length] of Object.entries(units)) {
    if (milliseconds > 0 && milliseconds % length === 0) return `${milliseconds / length}${unit}`;
  }
  return milliseconds === 0 ? '0' : `${milliseconds}ms`;
}

/** In the largest unit that divides it. */
export function shownSize(bytes: number): string {
  const unit = (Object.keys(bytesPerUnit) as SizeUnit[]).find((unit) => bytes % bytesPerUnit[unit] === 0) ?? '';
  return `${bytes / bytesPerUnit[unit]}${unit}`;
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

const places = (minPort: number) => `a port from ${minPort} to 65535, host:port or [host]:port`;

/** Reads `port`, `host:port` or `[host]:port`, the last one for a host with colons. */
function tcpAddress(value: string, minPort: number): TcpAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:(?:\[(.+)\]|([^:]+)):)?(\d+)$/.exec(value) ?? [];
  const port = Number(digits);
  return port >= minPort && port <= 65_535 ? { host: bracketed ?? plain ?? defaults.connect.host, port } : undefined;
}

export const target = parser(places(1), (value) => tcpAddress(value, 1));

export const httpAddress = parser(places(0), (value) => tcpAddress(value, 0));

function anyAddress(minPort: number) {
  return parser(`${places(minPort)}, unix:PATH or unix:@NAME`, (value): Address | undefined => {
    const [, path] = /^unix:(.+)$/s.exec(value) ?? [];
    return path === undefined ? tcpAddress(value, minPort) : { path: unixPath(path) };
  });
}

export const listeningAddress = anyAddress(0);
export const upstreamAddress = anyAddress(1);
