/** What the system says of its TCP connections: the tables of proc(5), on Linux; elsewhere nothing. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

const tables = ['/proc/net/tcp', '/proc/net/tcp6'];

/** The state of a listener. */
const listening = '0A';

/** How long what the system has told counts as told of late. */
const freshMs = 1_000;

/** Bytes that the system holds for a peer, sent or not; undefined where it does not know such a connection, or several. */
export function unacknowledgedBytes(localPort: number, remotePort: number): number | undefined {
  readTables();
  if (performance.now() - toldAt > freshMs) return undefined;
  const rows = new RegExp(`:${hexadecimal(localPort)} \\w+:${hexadecimal(remotePort)} \\w\\w (\\w+):`, 'g');
  const matching = told.flatMap((table) => [...table.matchAll(rows)]);
  return matching.length === 1 ? Number.parseInt(matching[0]?.[1] as string, 16) : undefined;
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
function hexadecimal(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

let told: string[] = [];
let toldAt = Number.NEGATIVE_INFINITY;
let isReading = false;

/** A system that remembers 50 000 connections takes 100 ms to write its tables, so nobody waits for them. */
function readTables(): void {
  if (isReading) return;
  isReading = true;
  Promise.all(tables.map((table) => readFile(table, 'latin1').catch(() => ''))).then((read) => {
    told = read;
    toldAt = performance.now();
    isReading = false;
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // no procfs here
  }
}
