/** What the kernel holds for a peer, read from tables that a spec writes in place of the kernel's. */
import { writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Transport, TransportSocket } from '../../lib/index.js';
import { readRows } from '../../lib/transport/node/proc-net-tcp.js';
import { connectedPair } from '../support/connected-pair.js';
import { established, timeWait } from '../support/tcp-table.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { overUnixSockets } from '../support/unix-sockets.js';

const [tcp, tcp6] = ['/proc/net/tcp', '/proc/net/tcp6'];

/** By their paths; the system has no other ones. */
type Tables = Readonly<Record<string, string>>;

const hexadecimal = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

interface Row {
  readonly local: number;
  readonly remote: number;
  readonly held?: number;
  readonly state?: string | undefined;
}

const row = ({ local, remote, held = 0, state = established }: Row): string => {
  const [from, to] = [local, remote].map((port) => `0100007F:${hexadecimal(port, 4)}`);
  return `  10: ${from} ${to} ${state} ${hexadecimal(held, 8)}:0000ABCD 00:00000000 00000000     0        0 4026 1 0 20 4 30 10 -1\n`;
};

/** Rows of other connections, each of which holds something. */
const others = (count: number): string =>
  Array.from({ length: count }, (_, index) => row({ local: 1, remote: index + 1, held: 7 })).join('');

/** A socket of a process in which time passes only where a spec says so. */
interface Asked {
  readonly socket: TransportSocket;
  /** Of tables. */
  readonly counts: { opened: number; closed: number };
  readonly pass: (ms: number) => void;
  /** Resolves behind the reading of the tables. */
  readonly answered: () => Promise<void>;
}

/** @param tables may change until they are read */
async function asked(tables: (own: Row) => Tables, over = (transport: Transport) => transport): Promise<Asked> {
  const folder = temporaryFolder();
  const counts = { opened: 0, closed: 0 };
  let own: Row = { local: 0, remote: 0 };
  const { open } = fs;
  fs.open = async (path, ...options) => {
    if (path !== tcp && path !== tcp6) return open(path, ...options);
    counts.opened += 1;
    const table = tables(own)[path];
    if (table === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    const file = join(folder, basename(path));
    writeFileSync(file, table);
    const handle = await open(file);
    const { close } = handle;
    handle.close = async () => {
      await close.call(handle);
      counts.closed += 1;
    };
    return handle;
  };
  syncBuiltinESMExports();
  let now = 1_000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
  onTestFinished(() => {
    fs.open = open;
    syncBuiltinESMExports();
    clock.mockRestore();
    vi.resetModules();
  });
  vi.resetModules(); // what it knows of the real tables
  const { nodeNetwork } = await import('../../lib/index.js');
  const { client, server } = await firstValueFrom(connectedPair(over(nodeNetwork())));
  onTestFinished(() => {
    client.socket.destroy();
    server.socket.destroy();
  });
  const { socket } = client;
  own = { local: Number(socket.local?.port), remote: Number(socket.remote.port) };
  const readable = Object.keys(tables(own)).length;
  const answered = async () => {
    const { opened, closed } = counts;
    await expect.poll(() => [counts.opened - opened, counts.closed - closed]).toEqual([2, readable]);
    await new Promise(setImmediate);
  };
  const pass = (ms: number): void => {
    now += ms;
  };
  return { socket, counts, pass, answered };
}

/** What the socket says once the tables have been read. */
async function told(tables: (own: Row) => Tables): Promise<number | undefined> {
  const { socket, answered } = await asked(tables);
  const answer = answered();
  expect(socket.unacknowledgedBytes()).toBe(undefined);
  await answer;
  return socket.unacknowledgedBytes();
}

const held = 0x0fedcba9;

describe.skipIf(process.platform === 'win32')('what a peer has not acknowledged', () => {
  it.each<[string, number | undefined, (own: Row) => string]>([
    ['what its row says', held, (own) => row({ ...own, held })],
    ['nothing where its row says so', 0, (own) => row(own)],
    ['nothing where it has no row', 0, ({ local, remote }) => row({ local: remote, remote: local, held })],
    ['nothing where there are no rows', 0, () => ''],
    ['unknown where a row of other addresses has its ports', undefined, (own) => row({ ...own, held }) + row(own)],
    ['unknown where the first of two rows says nothing', undefined, (own) => row(own) + row({ ...own, held })],
    [
      'what its row says beside one in TIME_WAIT',
      held,
      (own) => row({ ...own, state: timeWait }) + row({ ...own, held }),
    ],
    ['what its row says among others', held, (own) => others(3) + row({ ...own, held }) + others(3)],
  ])('is %s', async (_, expected, rows) => {
    expect(await told((own) => ({ [tcp]: header + rows(own), [tcp6]: header }))).toBe(expected);
  });

  it('is what its row says, wherever the read of a part of the table ends', async () => {
    const partBytes = 8_192;
    const table = (own: Row, before: number) => header + others(before) + row({ ...own, held }) + others(300);
    const ownBytes = row({ local: 1, remote: 1 }).length;
    const across = Math.floor((partBytes - header.length) / ownBytes);
    for (const before of [across - 1, across, across + 1, 2 * across, 3 * across]) {
      expect(await told((own) => ({ [tcp]: table(own, before), [tcp6]: header }))).toBe(held);
    }
  });

  it('is in the table of IPv6 too', async () => {
    expect(await told((own) => ({ [tcp]: header, [tcp6]: header + row({ ...own, held }) }))).toBe(held);
  });

  it('is told where the system has no IPv6', async () => {
    expect(await told((own) => ({ [tcp]: header + row({ ...own, held }) }))).toBe(held);
  });

  it('is unknown where the system has no tables', async () => {
    expect(await told(() => ({}))).toBe(undefined);
  });

  it.runIf(process.platform === 'linux')('is unknown over a Unix socket, and no table is read', async () => {
    const { socket, counts } = await asked(() => ({ [tcp]: header, [tcp6]: header }), overUnixSockets);
    expect([socket.unacknowledgedBytes(), counts.opened]).toEqual([undefined, 0]);
  });

  it('is asked for once, then again once the answer is half a second old, and is unknown after a second', async () => {
    let inKernel = held;
    const { socket, counts, pass, answered } = await asked((own) => ({
      [tcp]: header + row({ ...own, held: inKernel }),
      [tcp6]: header,
    }));
    const first = answered();
    for (let calls = 0; calls < 10; calls += 1) expect(socket.unacknowledgedBytes()).toBe(undefined);
    await first;
    pass(500);
    expect([socket.unacknowledgedBytes(), counts.opened]).toEqual([held, 2]);
    inKernel = 5;
    pass(1);
    const second = answered();
    expect(socket.unacknowledgedBytes()).toBe(held);
    await second;
    expect([socket.unacknowledgedBytes(), counts.opened]).toEqual([5, 4]);
    pass(1_000);
    expect(socket.unacknowledgedBytes()).toBe(5);
    pass(1);
    expect(socket.unacknowledgedBytes()).toBe(undefined);
  });

  it('has no row in a table of its header alone', () => {
    const rows: unknown[] = [];
    expect(readRows(Buffer.from(header), (...fields) => rows.push(fields))).toBe(header.length);
    expect(rows).toEqual([]);
  });
});
