/** What the system says of its TCP connections: the tables of proc(5), on Linux; elsewhere nothing. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const tables = ['/proc/net/tcp', '/proc/net/tcp6'];

/** The state of a listener. */
const listening = '0A';

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
  const rows = new RegExp(`\\d: \\w+:${hexadecimal(port)} \\w+:\\w+ (\\w\\w) `, 'g');
  const states = tables.flatMap((table) => [...read(table).matchAll(rows)].map(([, state]) => state));
  if (states.length === 0 || states.includes(listening)) return '';
  const range = read('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).join(' to ');
  return (
    ` (an outgoing connection holds it: the system gives those the ports ${range};` +
    ` wait until it is gone, or keep the port free with sysctl net.ipv4.ip_local_reserved_ports=${port})`
  );
}

/** A row is "sl: ADDRESS:PORT ADDRESS:PORT state tx_queue:rx_queue …", all of it hexadecimal but the first. */
const row = /:(\w{4}) \w+:(\w{4}) \w\w (\w{8}):/g;

function hexadecimal(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

function fromHexadecimal(digits = ''): number {
  return Number.parseInt(digits, 16);
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
  const told = await Promise.all(tables.map((table) => readFile(table, 'latin1').catch(() => '')));
  isReading = false;
  if (told.join('') === '') return; // no procfs here
  toldAt = performance.now();
  held = new Map();
  several = new Set();
  const seen = new Set<number>();
  for (const [, local, remote, bytes] of told.join('').matchAll(row)) {
    const pair = pairOf(fromHexadecimal(local), fromHexadecimal(remote));
    if (seen.has(pair)) several.add(pair);
    seen.add(pair);
    if (fromHexadecimal(bytes) > 0) held.set(pair, fromHexadecimal(bytes));
  }
}

function pairOf(localPort: number, remotePort: number): number {
  return localPort * 65_536 + remotePort;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // no procfs here
  }
}
