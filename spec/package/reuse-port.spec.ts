/** The command on one port in two processes, of which one after the other is restarted. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { fine, run, tool } from './support/tool.js';

const setting = '/proc/sys/net/ipv4/tcp_migrate_req';
const isPossible = spawnSync('unshare', ['-n', 'sh', '-c', `ip link set lo up && echo 1 >${setting}`]).status === 0;
const note = isPossible ? '' : ' (skipped: needs network namespaces and Linux 5.14)';

it.skipIf(!isPossible)(
  `a restart of one process loses no client of the other, with tcp_migrate_req${note}`,
  async () => {
    const line = `ip link set lo up && echo 1 >${setting} && exec ${tool('node-24/bin/node')} shared-port.mjs`;
    const ended = await run('unshare', ['-n', 'sh', '-c', line]);
    expect(ended).toEqual(fine(expect.stringMatching(/^\{"answered":\d+,"returned":\d+,"lost":0\}\n$/)));
  },
);
