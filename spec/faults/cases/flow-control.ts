/** K: flow control from end to end. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Client } from '../../support/client.js';
import { main } from '../../support/command.js';
import { elapse, eventually } from '../support/eventually.js';
import { fault } from '../support/fault.js';
import { fullListener, pacedReader } from '../support/python-peers.js';
import { Server } from '../support/server.js';
import { Upstream } from '../support/upstream.js';

const megabyte = 1_048_576;

/** What a connection may cost, whatever passes through it. */
const memoryBytes = 32 * megabyte;

const library = [{}, 'as told'] as const;

/** How many connections are there before those that a case is about. */
const others = 9;

/** Tells the handlers what to do with the next connections, and checks that those that there are go on being answered. */
async function undisturbed(server: Server, told: object, act: () => Promise<void>): Promise<void> {
  const echoed = await server.connectAll(others);
  for (const client of echoed) client.socket.write('before;');
  await Promise.all(echoed.map((client) => client.bytes(7)));
  await server.order('tell', told);
  await act();
  const echoes = await Promise.all(echoed.map((client) => client.end('after').all()));
  expect(echoes.map(String)).toEqual(echoed.map(() => 'before;after'));
}

/** The same, with a server behind the one under test, whose port the handlers are told. */
async function withUpstream(
  server: Server,
  deed: string,
  meet: (peer: Client) => void,
  act: (upstream: Upstream) => Promise<void>,
): Promise<void> {
  const upstream = await Upstream.start(meet);
  try {
    await undisturbed(server, { deed, port: upstream.port }, () => act(upstream));
  } finally {
    upstream.close();
  }
}

/** The one connection that failed, as the log has it. */
async function failed(server: Server, reason = 'failed', withinMs?: number): Promise<unknown> {
  await server.logged(1, 'closed', reason, withinMs);
  return server.lines.find((line) => line.event === 'closed' && line.reason === reason);
}

// ---- a proxy ----

/** Its length is none of a read's, so that a piece that is lost or doubled shows. */
const block = randomBytes(65_521);

function expectUnaltered({ received }: Client): void {
  const blocks = Array.from({ length: Math.ceil(received.length / block.length) }, () => block);
  const isUnaltered = received.equals(Buffer.concat(blocks).subarray(0, received.length));
  expect(isUnaltered, `${received.length} bytes, unaltered`).toBe(true);
}

const slowBytesPerSecond = 1_000_000;

/** Lets one end flood the other through the proxy, for so many seconds. */
async function flood(from: Client, to: Client, reads: boolean, seconds: number): Promise<void> {
  from.flood(block);
  if (reads) to.readSlowly(slowBytesPerSecond);
  if (reads) await to.bytes(slowBytesPerSecond * seconds);
  else await elapse(seconds * 1_000);
  expect([from.ending, to.ending]).toEqual([undefined, undefined]);
  expectUnaltered(to);
}

const directions = {
  'a client': (client: Client, peer: Client) => [peer, client],
  'an upstream': (client: Client, peer: Client) => [client, peer],
} as const;

/** One end floods, the other one is slow; then the client resets, and the proxy's connection to the upstream is to end. */
function slowEnd(slow: keyof typeof directions, reads: boolean, seconds: number) {
  return (server: Server): Promise<void> =>
    withUpstream(
      server,
      'proxies',
      () => {},
      async (upstream) => {
        const client = await server.connect({ reads: false });
        const peer = await upstream.peer;
        const [from, to] = directions[slow](client, peer) as [Client, Client];
        await flood(from, to, reads, seconds);
        client.reset();
        if (!reads) peer.read();
        peer.socket.resume();
        await peer.ended();
      },
    );
}

const proxies = (Object.keys(directions) as (keyof typeof directions)[]).flatMap((slow) => [
  fault(
    'F80',
    `a proxy before ${slow} that reads 1 MB/s, for 2 s: at most 32 MB`,
    { library, memoryBytes },
    slowEnd(slow, true, 2),
  ),
  fault(
    'F80',
    `a proxy before ${slow} that reads 1 MB/s, for 10 s: at most 32 MB`,
    { library, memoryBytes, tier: 'long', bystanderMs: 10 },
    slowEnd(slow, true, 10),
  ),
  fault(
    'F80',
    `a proxy before ${slow} that never reads, for 2 s: at most 32 MB`,
    { library, memoryBytes },
    slowEnd(slow, false, 2),
  ),
  fault(
    'F80',
    `a proxy before ${slow} that never reads, for 10 s: at most 32 MB`,
    { library, memoryBytes, tier: 'long', bystanderMs: 10 },
    slowEnd(slow, false, 10),
  ),
]);

// ---- a file ----

/** A file of so many different mebibytes, for as long as `act` takes. */
async function withFile(mebibytes: number, act: (path: string, hash: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'rxjs-tcp-'));
  try {
    const path = join(directory, 'file');
    const file = await open(path, 'w');
    const hash = createHash('sha1');
    const piece = randomBytes(megabyte);
    for (let index = 0; index < mebibytes; index += 1) {
      piece.writeUInt32LE(index);
      hash.update(piece);
      await file.write(piece);
    }
    await file.close();
    await act(path, hash.digest('hex'));
  } finally {
    await rm(directory, { recursive: true });
  }
}

const fileBytesPerSecond = 10_000_000;

const files = [
  fault(
    'F81',
    '256 MiB from a Readable to a reader of 10 MB/s, which resets after 2 s: at most 32 MB, and the file is closed',
    { library, memoryBytes, needs: ['python3'] },
    (server) =>
      withFile(256, (path) =>
        undisturbed(server, { deed: 'sends a file', path }, async () => {
          const [bytes] = (await server.python(pacedReader(fileBytesPerSecond, 2))).split(' ');
          expect(Number(bytes)).toBeGreaterThan(megabyte);
          await server.logged(1, 'closed', 'reset');
        }),
      ),
  ),
  fault(
    'F81',
    '1 GiB from a Readable to a reader of 10 MB/s: the same bytes, at most 40 MB',
    // Node keeps what a file's stream has read until it collects: into a bare socket, with pipeline, it costs 33 MB.
    { library, memoryBytes: 40 * megabyte, needs: ['python3'], tier: 'long' },
    (server) =>
      withFile(1_024, (path, hash) =>
        undisturbed(server, { deed: 'sends a file', path }, async () => {
          expect(await server.python(pacedReader(fileBytesPerSecond, 600))).toBe(`${1_024 * megabyte} ${hash}`);
        }),
      ),
  ),
  fault(
    'F81',
    '256 MiB from an Observable, which cannot wait, to a client that never reads: the reason overflow, at most 64 MB',
    { library, memoryBytes: 64 * megabyte },
    (server) =>
      withFile(256, (path) =>
        undisturbed(server, { deed: 'pushes a file', path }, async () => {
          await server.connect({ reads: false });
          expect(await failed(server, 'overflow')).toMatchObject({ bytesWritten: expect.any(Number) });
        }),
      ),
  ),
];

// ---- clients ----

const echoes = (peer: Client): void => {
  peer.socket.pipe(peer.socket);
};

/** The process may hold 20 MB: less than what the clients send. */
const smallHeap = { library, heapMebibytes: 32, memoryBytes: 5 * memoryBytes } as const;

const clients = [
  ...['sends in one piece', 'sends what can wait'].map((deed) =>
    fault(
      'F83',
      `a client that ${deed}, 64 MiB to an echo, under a heap of 32 MB, gets all back`,
      smallHeap,
      (server) =>
        withUpstream(server, deed, echoes, async () => {
          expect(String(await (await server.connect()).all())).toBe(`${64 * megabyte}`);
        }),
    ),
  ),
  fault('F83', 'a client whose source emits 64 MiB at once, in pieces, to an echo: ERR_OVERFLOW', smallHeap, (server) =>
    withUpstream(server, 'sends what cannot wait', echoes, async () => {
      await server.connect();
      expect(await failed(server)).toMatchObject({
        cause: 'ERR_OVERFLOW',
        message: expect.stringContaining('bytes waited to be sent'),
      });
    }),
  ),
  fault('F85', 'what a client with allowHalfOpen sends after the FIN of its peer arrives', { library }, (server) =>
    withUpstream(
      server,
      'sends late',
      (peer) => peer.read(),
      async (upstream) => {
        const client = await server.connect();
        const peer = await upstream.peer;
        peer.end('bye');
        expect(String(await peer.all())).toBe('earlylate');
        expect(String(await client.all())).toBe('3');
      },
    ),
  ),
  fault('F85', 'what a client sends through a proxy after the FIN of the upstream arrives', { library }, (server) =>
    withUpstream(
      server,
      'proxies',
      (peer) => peer.read(),
      async (upstream) => {
        const client = await server.connect({ keepsOpen: true });
        const peer = await upstream.peer;
        peer.end('bye');
        expect(String(await client.all())).toBe('bye');
        client.end('late');
        expect(String(await peer.all())).toBe('late');
        await server.logged(1, 'closed', 'ended');
      },
    ),
  ),
  fault(
    'F89',
    'a peer that does not answer the attempt to connect: ERR_CONNECTION_TIMED_OUT at connectTimeoutMs',
    { library, needs: ['python3'] },
    async (server) => {
      const listener = server.helper('python3', ['-c', fullListener]);
      const [port] = await once(listener.stdout as NodeJS.ReadableStream, 'data');
      const told = { deed: 'proxies', port: Number(port), connectTimeoutMs: 1_000 };
      await undisturbed(server, told, () => expectTimeout(server, 1_000));
    },
  ),
  fault(
    'F89',
    'an address that nothing answers for: ERR_CONNECTION_TIMED_OUT after 10 s',
    { library, network: true, tier: 'long' },
    async (server, networks) => {
      networks.server('ip neigh add 10.99.0.9 lladdr 02:00:00:00:00:09 dev server');
      const told = { deed: 'proxies', host: '10.99.0.9', port: 80 };
      await server.order('tell', told);
      const [program = '', ...args] = [...networks.inClient, 'python3', '-c', silentPeer(server)];
      server.helper(program, args);
      await expectTimeout(server, 10_000, false);
    },
  ),
  fault(
    'F91',
    'a writable observer that throws fails its client and nothing else',
    { library, memoryBytes: 3 * memoryBytes },
    (server) =>
      withUpstream(
        server,
        'is told what is writable, and throws',
        () => {},
        async () => {
          await server.connect();
          expect(await failed(server)).toMatchObject({
            message: 'The handler failed: thrown by the writable observer',
          });
        },
      ),
  ),
];

/** Connects, from the other namespace, and stays. */
const silentPeer = ({ host, port }: Server) =>
  `import socket, time; s = socket.create_connection(('${host}', ${port})); time.sleep(60)`;

async function expectTimeout(server: Server, ms: number, connects = true): Promise<void> {
  if (connects) await server.connect();
  const line = await failed(server, 'failed', ms + 5_000);
  expect(line).toMatchObject({
    cause: 'ERR_CONNECTION_TIMED_OUT',
    message: expect.stringContaining(`no answer within ${ms} ms`),
  });
  expect((line as { durationMs: number }).durationMs).toBeGreaterThanOrEqual(ms);
}

// ---- handlers ----

/** The largest Buffer that Node cuts from a block of 8 KiB. With a single byte, which takes 8, only one fits into a block. */
const halfABlock = Buffer.alloc(4_095);

const holdsHeap = { library: [{ highWaterMarkBytes: 1_000_000_000 }, 'as told'], heapMebibytes: 32 } as const;

/** Over its budget of memory the process refuses newcomers: a count that is no number any more would refuse none. */
async function expectBudget(server: Server): Promise<void> {
  await server.order('tell', { deed: 'holds' });
  const flooder = await server.connect();
  flooder.flood();
  const clients = [flooder];
  const refused = async (): Promise<boolean> => {
    clients.push(await server.connect()); // and stays: reset at once, it may be lost before it is accepted, and not refused
    return server.count('dropped', 'memory') > 0;
  };
  await eventually('a newcomer is refused', refused);
  for (const client of clients) client.reset();
}

const transfers = [
  ['a large reply', 32 * megabyte, 200],
  ['a large reply', 32 * megabyte, 0],
  ['a small reply', 1_000, 0],
] as const;

const handlers = [
  ...(
    [
      ['holds NaN', 'Expected `bytes` to be a number from 0, got `NaN`'],
      ['holds what has no length', 'Expected a chunk to be a string or a Uint8Array, got `{}`'],
    ] as const
  ).map(([deed, message]) =>
    fault('F87', `a handler that ${deed} fails, and the budget of memory holds`, holdsHeap, (server) =>
      undisturbed(server, { deed }, async () => {
        (await server.connect()).socket.write('x');
        expect(await failed(server)).toMatchObject({ message: expect.stringContaining(message) });
        await expectBudget(server);
      }),
    ),
  ),
  fault(
    'F87',
    'a handler that answers what has no length in order does so, and the budget of memory holds',
    holdsHeap,
    (server) =>
      undisturbed(server, { deed: 'answers what has no length' }, async () => {
        expect(String(await (await server.connect()).end('x').all())).toBe('{}');
        await expectBudget(server);
      }),
  ),
  fault(
    'F88',
    'a handler that reads on behind the end without end fails, with an error that says what to write',
    { library },
    (server) =>
      undisturbed(server, { deed: 'reads on behind the end' }, async () => {
        (await server.connect()).end('x');
        expect(await failed(server)).toMatchObject({
          cause: 'ERR_CHUNKS_LOCKED',
          message: expect.stringContaining('repeat()'),
        });
      }),
  ),
  ...['', 'x'].map((sent) =>
    fault('F88', `a handler that reads twice completes where its peer sends '${sent}' and FIN`, { library }, (server) =>
      undisturbed(server, { deed: 'reads twice' }, async () => {
        expect(String(await (await server.connect()).end(sent).all())).toBe(sent);
        await server.logged(1, 'closed', 'ended');
      }),
    ),
  ),
  ...transfers.map(([what, bytes, afterMs]) =>
    fault(
      'F90',
      `${what} whose buffer is transferred ${afterMs === 0 ? 'at once' : 'while it waits'} ends its connection alone`,
      { library, memoryBytes: 5 * memoryBytes },
      (server) =>
        undisturbed(server, { deed: 'transfers a reply', bytes, afterMs }, async () => {
          const client = await server.connect({ reads: false });
          // A client that read earlier could make the kernel take all of the reply before it is transferred.
          await server.logged(10, 'opened');
          await server.report();
          await elapse(2 * afterMs);
          client.read();
          expect(await failed(server, 'reset')).toMatchObject({
            code: 'ERR_SYSTEM',
            // The kernel may have been given the buffer before: then it finds no memory there.
            message: expect.stringMatching(
              /a buffer was transferred to another thread before it was sent|write EFAULT/,
            ),
          });
        }),
    ),
  ),
  fault(
    'F92',
    'a handler that never completes, and a peer that has half-closed: closed at idleTimeoutMs',
    { library: [{ idleTimeoutMs: 1_000 }, 'as told'] },
    async (server) => {
      await server.order('tell', { deed: 'never completes' });
      expect(String(await (await server.connect()).end('x').all())).toBe('x');
      await server.logged(1, 'closed', 'idle');
    },
  ),
  fault(
    'F94',
    '20 000 single bytes held, each read beside a chunk of 4 KB of another connection: at most 48 MB',
    { library, memoryBytes: 48 * megabyte },
    (server) =>
      undisturbed(server, { deed: 'never reads' }, async () => {
        const holders = await server.connectAll(80);
        await server.logged(others + holders.length, 'opened');
        await server.order('tell', {});
        const passing = await server.connect();
        for (let turn = 0; turn < 20_000; turn += 1) {
          holders[turn % holders.length]?.socket.write('x');
          passing.socket.write(halfABlock);
          await once(passing.socket, 'data');
        }
        for (const holder of holders) holder.reset();
        await server.logged(holders.length, 'closed', 'reset');
        const bytesRead = server.lines.map((line) => (line.reason === 'reset' ? Number(line.bytesRead) : 0));
        expect(bytesRead.reduce((sum, bytes) => sum + bytes)).toBe(20_000);
      }),
  ),
];

// ---- the command ----

const idleServer = { before: [], host: '127.0.0.1', script: [...main, 'serve', '--port', '0', '--log', 'json'] };

/** How an idle server ends that gets a second SIGTERM so many milliseconds after it has begun to stop. */
async function endOfTwoSignals(afterMs: number): Promise<number | NodeJS.Signals> {
  const server = await Server.start(idleServer);
  try {
    server.signal('SIGTERM');
    await server.logged(1, 'draining');
    await elapse(afterMs);
    if (server.isAlive) server.signal('SIGTERM');
    return await server.exited;
  } finally {
    await server.kill();
  }
}

const command = [
  fault(
    'F93',
    '20 times a second SIGTERM while an idle server exits: status 0 or 3, never the signal',
    {},
    async () => {
      for (let tries = 0; tries < 20; tries += 4) {
        const ends = await Promise.all([0, 1, 2, 3].map((more) => endOfTwoSignals(tries + more)));
        for (const end of ends) expect([0, 3]).toContain(end);
      }
    },
  ),
];

export const flowControl = [...proxies, ...files, ...clients, ...handlers, ...command];
