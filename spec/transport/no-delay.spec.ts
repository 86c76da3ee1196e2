/** Whether the two ends of a connection wait to fill a packet, as their kernel tells; on Linux alone. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { lastValueFrom, of, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { nodeNetwork, tcpConnect } from '../../lib/index.js';
import { lacking } from '../faults/support/needs.js';
import { serving, text } from '../support/serving.js';

const lacks = process.platform !== 'linux' || lacking(['python3']).length > 0;
const note = lacks ? ' (skipped: it takes Linux and python3)' : '';

const tellsNoDelay = `
import socket
print(socket.socket(fileno=3).getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
`;

/** The file descriptor of the socket of this process that has these ports. */
function descriptorOf(local = 0, remote = 0): number {
  const hexadecimal = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync('/proc/self/net/tcp', 'utf8').split('\n');
  const fields = rows.map((row) => row.trim().split(/\s+/));
  const own = fields.find(([, from, to]) => from?.endsWith(hexadecimal(local)) && to?.endsWith(hexadecimal(remote)));
  const isOwn = (descriptor: string): boolean => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === `socket:[${own?.[9]}]`;
    } catch {
      return false; // the one that the folder was read by
    }
  };
  return Number(readdirSync('/proc/self/fd').find(isOwn));
}

function hasNoDelay(descriptor: number): boolean {
  const { stdout, stderr } = spawnSync('python3', ['-c', tellsNoDelay], {
    stdio: ['ignore', 'pipe', 'pipe', descriptor],
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout !== '0\n';
}

/** That of the server first. */
async function endsOf(fastPath: boolean, noDelay: boolean): Promise<boolean[]> {
  const ends: boolean[] = [];
  const transport = nodeNetwork({ fastPath });
  const served$ = serving(
    transport,
    (chunks$, { local, remote }) =>
      chunks$.pipe(
        tap(() => {
          ends.push(hasNoDelay(descriptorOf(local.port, remote.port)));
          ends.push(hasNoDelay(descriptorOf(remote.port, local.port)));
        }),
      ),
    { noDelay },
    ({ port }) => of('word').pipe(tcpConnect({ port, transport, noDelay }), text()),
  );
  await lastValueFrom(served$);
  return ends;
}

describe.skipIf(lacks).each([true, false])(`a connection with fastPath %s${note}`, (fastPath) => {
  it.each([true, false])('with noDelay %s has that option of the kernel on both ends', async (noDelay) => {
    expect(await endsOf(fastPath, noDelay)).toEqual([noDelay, noDelay]);
  });
});
