/** What the system says of its TCP connections: the tables of proc(5), on Linux; elsewhere nothing. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

/** A row is "sl: ADDRESS:PORT ADDRESS:PORT STATE SENDING:RECEIVING …", all of it hexadecimal but the first. */
const tables = [
  { file: '/proc/net/tcp', addressDigits: 8 },
  { file: '/proc/net/tcp6', addressDigits: 32 },
];

/** States: connections that are over and linger on by the thousand, and listeners. */
const timeWait = 0x06;
const listening = 0x0a;

/** How long what the system has told counts as told of late. */
const freshMs = 1_000;

/** Bytes that the system holds for a peer, sent or not; undefined where it has not told of late, or knows several such connections. */
export function unacknowledgedBytes(localPort: number, remotePort: number): number | undefined {
  const ageMs = performance.now() - toldAt;
  if (ageMs > freshMs / 2) readTables();
  if (ageMs > freshMs) return undefined;
  const pair = pairOf(localPort, remotePort);
  return several.has(pair) ? undefined : (held.get(pair) ?? 0);
}

/** What to add to "the address is in use" where no listener holds the port: it was given to an outgoing connection by chance. */
export function portHolder(port: number): string {
  const rows = new RegExp(`\\d: \\w+:${port.toString(16).toUpperCase().padStart(4, '0')} \\w+:\\w+ (\\w\\w) `, 'g');
  const states = tables.flatMap(({ file }) => [...read(file).matchAll(rows)].map(([, state]) => state));
  if (states.length === 0 || states.some((state) => Number.parseInt(state as string, 16) === listening)) return '';
  const range = read('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).join(' to ');
  return (
    ` (an outgoing connection holds it: the system gives those the ports ${range};` +
    ` wait until it is gone, or keep the port free with sysctl net.ipv4.ip_local_reserved_ports=${port})`
  );
}

/** For whom something is held, by both ports. */
let held = new Map<number, number>();
/** What several connections have, with other addresses. */
let several = new Set<number>();
let toldAt = Number.NEGATIVE_INFINITY;
let isReading = false;

/** A system that remembers 50 000 connections takes 100 ms to write its tables, so nobody waits for them. */
async function readTables(): Promise<void> {
  if (isReading) return;
  isReading = true;
  const now = performance.now();
  const found: Found = { held: new Map(), several: new Set(), all: new Set() };
  let isTold = false;
  for (const { file, addressDigits } of tables) {
    const table = await readFile(file).catch(() => Buffer.alloc(0));
    for (let at = table.indexOf('\n') + 1; at > 0 && at < table.length; ) {
      at = readRows(table, at, addressDigits, found);
      await setImmediate(); // some thousand rows take as long as the others may be kept waiting
    }
    isTold ||= table.length > 0;
  }
  isReading = false;
  if (!isTold) return; // no procfs here
  ({ held, several } = found);
  toldAt = now;
}

interface Found {
  readonly held: Map<number, number>;
  readonly several: Set<number>;
  readonly all: Set<number>;
}

const rowsAtOnce = 1_000;

/** Reads bytes and makes no strings, of which a table of thousands leaves megabytes to collect. Returns where it stopped. */
function readRows(table: Buffer, start: number, addressDigits: number, { held, several, all }: Found): number {
  let next = start;
  for (let row = 0; row < rowsAtOnce && next < table.length; row++) {
    const local = table.indexOf(':', next) + 2 + addressDigits + 1;
    const remote = local + 4 + 1 + addressDigits + 1;
    const state = remote + 4 + 1;
    next = table.indexOf('\n', state) + 1;
    const stateCode = hexadecimal(table, state, 2);
    if (stateCode === timeWait || stateCode === listening) continue;
    const pair = pairOf(hexadecimal(table, local, 4), hexadecimal(table, remote, 4));
    if (all.has(pair)) several.add(pair);
    all.add(pair);
    const bytes = hexadecimal(table, state + 3, 8);
    if (bytes > 0) held.set(pair, bytes);
  }
  return next;
}

function pairOf(localPort: number, remotePort: number): number {
  return localPort * 65_536 + remotePort;
}

/** Digits are 0 to 9 and A to F, whose low four bits are 1 to 6. */
function hexadecimal(bytes: Buffer, start: number, digits: number): number {
  let value = 0;
  for (let at = start; at < start + digits; at++) {
    const byte = bytes[at] as number;
    value = value * 16 + (byte & 15) + (byte > 0x39 ? 9 : 0);
  }
  return value;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // no procfs here
  }
}
