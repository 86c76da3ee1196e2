/** What the system says of its TCP connections: the tables of proc(5), on Linux; elsewhere nothing. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

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
  const states: number[] = [];
  for (const { file, addressDigits } of tables) {
    eachRow(Buffer.from(read(file)), addressDigits, (row) => {
      if (row.localPort === port) states.push(row.state);
    });
  }
  if (states.length === 0 || states.includes(listening)) return '';
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
  const told = await Promise.all(tables.map(({ file }) => readFile(file).catch(() => Buffer.alloc(0))));
  isReading = false;
  if (told.every(({ length }) => length === 0)) return; // no procfs here
  toldAt = performance.now();
  held = new Map();
  several = new Set();
  const seen = new Set<number>();
  for (const [index, { addressDigits }] of tables.entries()) {
    eachRow(told[index] as Buffer, addressDigits, ({ localPort, remotePort, state, sendingBytes }) => {
      if (state === timeWait || state === listening) return;
      const pair = pairOf(localPort, remotePort);
      if (seen.has(pair)) several.add(pair);
      seen.add(pair);
      if (sendingBytes > 0) held.set(pair, sendingBytes);
    });
  }
}

function pairOf(localPort: number, remotePort: number): number {
  return localPort * 65_536 + remotePort;
}

interface Row {
  localPort: number;
  remotePort: number;
  state: number;
  sendingBytes: number;
}

const portDigits = 4;
const stateDigits = 2;
const bytesDigits = 8;

/** Reads bytes and makes no strings, of which a table of thousands leaves megabytes to collect. `see` is given one row again and again. */
function eachRow(table: Buffer, addressDigits: number, see: (row: Row) => void): void {
  const row: Row = { localPort: 0, remotePort: 0, state: 0, sendingBytes: 0 };
  for (let end = table.indexOf('\n'); end !== -1; ) {
    const start = end + 1;
    end = table.indexOf('\n', start);
    if (end === -1) return;
    let at = table.indexOf(':', start) + 2 + addressDigits + 1;
    row.localPort = hexadecimal(table, at, portDigits);
    at += portDigits + 1 + addressDigits + 1;
    row.remotePort = hexadecimal(table, at, portDigits);
    at += portDigits + 1;
    row.state = hexadecimal(table, at, stateDigits);
    at += stateDigits + 1;
    row.sendingBytes = hexadecimal(table, at, bytesDigits);
    see(row);
  }
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
