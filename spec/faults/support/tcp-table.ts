/** What the system says of the connections of a process's network (proc(5)). */
import { readFileSync } from 'node:fs';

export interface SystemConnection {
  /** Ports. */
  readonly local: number;
  readonly remote: number;
  /** In hexadecimal, as in the kernel's `include/net/tcp_states.h`. */
  readonly state: string;
  /** Bytes that came and that the process has not read. */
  readonly unread: number;
}

export const [finWait2, timeWait, closeWait] = ['05', '06', '08'];

export function tcpTable(pid: number): SystemConnection[] {
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => {
    const [, local = '', remote = '', state = '', queues = ''] = row.trim().split(/\s+/);
    const last = (fields: string) => Number.parseInt(fields.split(':')[1] ?? '', 16);
    return { local: last(local), remote: last(remote), state, unread: last(queues) };
  });
}
