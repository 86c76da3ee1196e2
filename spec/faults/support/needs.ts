/** What some cases need of the machine, and how to tell that it is not there. */
import { spawnSync } from 'node:child_process';
import { memoryGroupFolder } from './memory-group.js';

const probes = {
  python3: ['python3', '-c', ''],
  socat: ['socat', '-V'],
  openssl: ['openssl', 'version'],
  ncat: ['ncat', '--version'],
  haproxy: ['haproxy', '-v'],
  systemdAnalyze: ['systemd-analyze', '--version'],
  namespaces: ['unshare', '-Urn', 'sh', '-c', 'ip link add name v0 type veth peer name v1'],
  tbf: [
    'unshare',
    '-Urn',
    'tc',
    'qdisc',
    'add',
    'dev',
    'lo',
    'root',
    'tbf',
    'rate',
    '1mbit',
    'burst',
    '3000',
    'limit',
    '6000',
  ],
  netem: ['unshare', '-Urn', 'tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'],
  memoryGroup: [
    'sh',
    '-c',
    `mkdir ${memoryGroupFolder}/rxjs-tcp-probe-$$ && rmdir ${memoryGroupFolder}/rxjs-tcp-probe-$$`,
  ],
  ipv6: [
    process.execPath,
    '-e',
    "net.createServer().on('error',()=>process.exit(1)).listen(0,'::1',()=>process.exit())",
  ],
  lowPorts: [
    'sh',
    '-c',
    'test "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 7 && { test "$(id -u)" != 0 || setpriv --reuid=65534 --clear-groups true; }',
  ],
} as const;

export type Need = keyof typeof probes;

const answers = new Map<Need, boolean>();

/** The needs that this machine does not meet. */
export function lacking(needs: readonly Need[]): Need[] {
  return needs.filter((need) => {
    const [program, ...args] = probes[need];
    const met = answers.get(need) ?? spawnSync(program, args, { timeout: 5_000 }).status === 0;
    answers.set(need, met);
    return !met;
  });
}
