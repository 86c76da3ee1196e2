/** Why a port is in use although no server listens on it: the kernel gave it to an outgoing connection. */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { listenState, readRows, tables } from './proc-net-tcp.js';

/** What to add to "the address is in use"; empty where a listener holds the port, or where the kernel does not tell. */
export function portHolder(port: number): string {
  const states: number[] = [];
  for (const table of tables) {
    readRows(Buffer.from(read(table)), (localPort, _, state) => {
      if (localPort === port) states.push(state);
    });
  }
  if (states.length === 0 || states.includes(listenState)) return '';
  const range = read('/proc/sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).join(' to ');
  return (
    ` (an outgoing connection holds it: the kernel gives those the ports ${range};` +
    ` wait until it is gone, or keep the port free with sysctl net.ipv4.ip_local_reserved_ports=${port})`
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return ''; // this system has no procfs
  }
}
