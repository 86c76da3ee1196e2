/** Who holds a port that is in use: often not a server but an outgoing connection that was given that port by chance. */
import { readFileSync } from 'node:fs';

/** The states of proc(5)'s tcp tables that are not an outgoing connection's: a listener. */
const listening = '0A';

/** A sentence to add to "the address is in use", or '' where a listener holds the port or the system does not say. */
export function portHolder(port: number): string {
  const states = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => statesOf(port, table));
  if (states.length === 0 || states.includes(listening)) return '';
  const range = read('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).join(' to ');
  return (
    ` (an outgoing connection holds it: the system gives those the ports ${range};` +
    ` wait until it is gone, or keep the port free with sysctl net.ipv4.ip_local_reserved_ports=${port})`
  );
}

/** A table's lines are "sl local_address rem_address st …", addresses as hexadecimal `ADDRESS:PORT`. */
function statesOf(port: number, table: string): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = read(table).split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .flatMap(([, local, , state = '']) => (local?.endsWith(suffix) ? state : []));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // no procfs here: nothing to tell
  }
}
