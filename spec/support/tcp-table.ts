/** The kernel's table of the connections of a process's network (proc(5)). */
import { readFileSync } from 'node:fs';

export interface SystemConnection {
  /** Ports. */
  readonly local: number;
  readonly remote: number;
  /** In hexadecimal, as in the kernel's `include/net/tcp_states.h`. */
  readonly state: string;
  /** In hexadecimal: 00 none, 02 the one of keep-alive. */
  readonly timer: string;
  /** In how many seconds that timer is due. */
  readonly timerDueS: number;
  /** Bytes that came and that the process has not read. */
  readonly unread: number;
}

export const [established, finWait2, timeWait, closeWait, listening] = ['01', '05', '06', '08', '0A'];

/** USER_HZ: in which Linux tells of its timers, whatever it counts in. */
const ticksPerSecond = 100;

export function tcpTable(pid: number): SystemConnection[] {
  const rows = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => {
    const [, local = '', remote = '', state = '', queues = '', timer = ''] = row.trim().split(/\s+/);
    const last = (fields: string) => Number.parseInt(fields.split(':')[1] ?? '', 16);
    return {
      local: last(local),
      remote: last(remote),
      state,
      timer: timer.slice(0, 2),
      timerDueS: last(timer) / ticksPerSecond,
      unread: last(queues),
    };
  });
}
