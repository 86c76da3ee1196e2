/** What the system says of its TCP connections: the tables of proc(5), on Linux; elsewhere nothing. */
import { readFileSync } from 'node:fs';

/** A table of 10 000 connections takes 20 ms to read, so whoever asks within this time is answered from the last one. */
const freshMs = 400;

/** The state of a listener. */
const listening = '0A';

interface Row {
  readonly localPort: number;
  readonly remotePort: number;
  readonly state: string;
  readonly unacknowledgedBytes: number;
}

/** Bytes that the system holds for a peer, sent or not; undefined where it does not know such a connection. */
export function unacknowledgedBytes(localPort: number, remotePort: number): number | undefined {
  const matching = rows().filter((row) => row.localPort === localPort && row.remotePort === remotePort);
  return matching.length === 1 ? matching[0]?.unacknowledgedBytes : undefined; // two hosts with one port cannot be told apart
}

/** What to add to "the address is in use" where no listener holds the port: it was given to an outgoing connection by chance. */
export function portHolder(port: number): string {
  const states = rows().flatMap(({ localPort, state }) => (localPort === port ? state : []));
  if (states.length === 0 || states.includes(listening)) return '';
  const range = read('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).join(' to ');
  return (
    ` (an outgoing connection holds it: the system gives those the ports ${range};` +
    ` wait until it is gone, or keep the port free with sysctl net.ipv4.ip_local_reserved_ports=${port})`
  );
}

let table: readonly Row[] = [];
let readAt = Number.NEGATIVE_INFINITY;

function rows(): readonly Row[] {
  if (performance.now() - readAt > freshMs) {
    table = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => read(file).split('\n').slice(1).flatMap(parse));
    readAt = performance.now();
  }
  return table;
}

/** "sl local_address rem_address st tx_queue:rx_queue …", numbers and addresses hexadecimal, an address as `ADDRESS:PORT`. */
function parse(line: string): Row | [] {
  const [, local, remote, state, queues] = line.trim().split(/\s+/);
  if (local === undefined || remote === undefined || state === undefined || queues === undefined) return [];
  const port = (address: string) => Number.parseInt(address.slice(address.indexOf(':') + 1), 16);
  const unacknowledgedBytes = Number.parseInt(queues, 16); // up to the colon
  return { localPort: port(local), remotePort: port(remote), state, unacknowledgedBytes };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // no procfs here
  }
}
