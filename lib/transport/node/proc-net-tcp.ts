/** What the system says of its TCP connections: the tables of proc(5), on Linux; elsewhere nothing. */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

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
    readRows(Buffer.from(read(file)), addressDigits, ({ localPort, state }) => {
      if (localPort === port) states.push(state);
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
  const now = performance.now();
  const heldNow = new Map<number, number>();
  const severalNow = new Set<number>();
  const seen = new Set<number>();
  const note = ({ localPort, remotePort, state, sendingBytes }: Row): void => {
    if (state === timeWait || state === listening) return;
    const pair = pairOf(localPort, remotePort);
    if (seen.has(pair)) severalNow.add(pair);
    seen.add(pair);
    if (sendingBytes > 0) heldNow.set(pair, sendingBytes);
  };
  const told = await Promise.allSettled(tables.map(({ file, addressDigits }) => readTable(file, addressDigits, note)));
  isReading = false;
  if (told.every(({ status }) => status === 'rejected')) return; // no procfs here
  held = heldNow;
  several = severalNow;
  toldAt = now;
}

/**
 * The system tells 4 KiB of a table at a time, for each of which Node's own way to read a file makes a buffer of 64 KiB: 74 MB
 * for 14 000 connections (measured).
 */
async function readTable(path: string, addressDigits: number, show: (row: Row) => void): Promise<void> {
  const file = await open(path);
  try {
    const piece = Buffer.allocUnsafe(pieceBytes);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(piece, length);
      if (bytesRead === 0) return;
      length += bytesRead;
      const shown = readRows(piece.subarray(0, length), addressDigits, show);
      piece.copyWithin(0, shown, length);
      length -= shown;
    }
  } finally {
    await file.close();
  }
}

const pieceBytes = 8_192;

function pairOf(localPort: number, remotePort: number): number {
  return localPort * 65_536 + remotePort;
}

/** What is told of a connection. */
interface Row {
  localPort: number;
  remotePort: number;
  state: number;
  sendingBytes: number;
}

const portDigits = 4;
const stateDigits = 2;
const bytesDigits = 8;

const colon = 0x3a;

/**
 * Shows each row, in one object again and again, and returns how long they are together: what is behind them is the start of
 * another. A row is "sl: ADDRESS:PORT ADDRESS:PORT STATE SENDING:RECEIVING …", all of it hexadecimal but the first. It reads
 * bytes and makes no strings, of which a table of thousands leaves megabytes to collect.
 */
function readRows(bytes: Buffer, addressDigits: number, show: (row: Row) => void): number {
  const row: Row = { localPort: 0, remotePort: 0, state: 0, sendingBytes: 0 };
  let start = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
    const afterNumber = bytes.indexOf(colon, start) + 1;
    const local = afterNumber + 1 + addressDigits + 1;
    const remote = local + portDigits + 1 + addressDigits + 1;
    const state = remote + portDigits + 1;
    if (afterNumber > 0 && state < end) {
      row.localPort = hexadecimal(bytes, local, portDigits);
      row.remotePort = hexadecimal(bytes, remote, portDigits);
      row.state = hexadecimal(bytes, state, stateDigits);
      row.sendingBytes = hexadecimal(bytes, state + stateDigits + 1, bytesDigits);
      show(row);
    }
    start = end + 1;
  }
  return start;
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
