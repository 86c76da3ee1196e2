/** `rxjs-tcp serve` as a peer that misbehaves: each fault as a client sees it. */
import { identity, map, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { faultsOf } from '../../lib/app/faults.js';
import { faultyNetwork } from '../../lib/app/faulty-network.js';
import { Log } from '../../lib/app/log.js';
import { faulty, memoryNetwork, tcpConnect, tcpServer } from '../../lib/index.js';
import { lacking } from '../faults/support/needs.js';
import { Client } from '../support/client.js';
import { type RunningServer, run, serve } from '../support/command.js';
import { parsed } from '../support/parsed.js';

const raw = ['--delay', '0', '--reply', 'raw'];
const word = 'x'.repeat(200);

const lacksPython = lacking(['python3']).length > 0;
const named = (name: string) => (lacksPython ? `${name} (skipped: no python3 here)` : name);

/** Node 20 takes a reset right behind data for an end. */
const pythonClient = `
import socket, sys
peer = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
peer.sendall(sys.argv[2].encode())
count = 0
try:
    while chunk := peer.recv(4096): count += len(chunk)
    print(count, 'FIN', end='')
except OSError as error: print(count, type(error).__name__, end='')
`;

interface Seen {
  readonly got: string;
  readonly ending: 'ended' | 'reset';
  readonly tookMs: number;
}

/** What a client sees that sends a word and FIN. */
async function visit({ port }: RunningServer, sent = word): Promise<Seen> {
  const startedAt = performance.now();
  const client = await Client.connect(port);
  client.end(sent);
  const ending = await client.ended();
  return { got: client.received.toString('latin1'), ending, tookMs: performance.now() - startedAt };
}

const visited = async (...args: string[]): Promise<Seen> => visit(await serve([...raw, ...args]));

/** A client that has sent a word and FIN, and sees no end before the server aborts. */
async function visitUntilAbort(...args: string[]): Promise<Client> {
  const server = await serve([...raw, ...args, '--grace', '500ms']);
  const client = await Client.connect(server.port);
  client.end(word);
  await expect.poll(server.printed, { timeout: 10_000 }).toContain('opened');
  const ended = server.end('SIGTERM');
  await expect.poll(server.printed, { timeout: 10_000 }).toContain('draining, connections open: 1');
  expect(client.ending).toBeUndefined();
  expect((await ended).status).toBe(3);
  return client;
}

const seedIn = (server: RunningServer) => /, seed (\d+)\n/.exec(server.printed())?.[1];

describe('rxjs-tcp serve, as a client sees it', () => {
  it('with --latency answers so much later, and --jitter makes it longer or shorter', async () => {
    const seen = await visited('--latency', '200ms');
    expect(seen).toMatchObject({ got: word, ending: 'ended' });
    expect(seen.tookMs).toBeGreaterThanOrEqual(199);
    const jittery = await serve([...raw, '--latency', '1s', '--jitter', '1s', '--seed', '1']);
    const times = await Promise.all(Array.from({ length: 8 }, () => visit(jittery)));
    const [shortest = 0, longest = 0] = [Math.min, Math.max].map((pick) => pick(...times.map(({ tookMs }) => tookMs)));
    expect(longest - shortest).toBeGreaterThan(500);
  });

  it('with --direction both delays what the client sends, too', async () => {
    expect((await visited('--latency', '200ms', '--direction', 'both')).tookMs).toBeGreaterThanOrEqual(399);
  });

  it('with --direction incoming counts what the client sends', async () => {
    const { got } = await visited('--close-after', '100', '--direction', 'incoming');
    expect(got.length).toBeLessThanOrEqual(100);
  });

  it('with --bandwidth gets so many bytes a second', async () => {
    const { got, tookMs } = await visited('--bandwidth', '1KB');
    expect(got).toBe(word);
    expect(tookMs).toBeGreaterThanOrEqual(199);
  });

  it('with --slice gets all bytes, a slice a millisecond', async () => {
    const seen = await visited('--slice', '1');
    expect(seen).toMatchObject({ got: word, ending: 'ended' });
    expect(seen.tookMs).toBeGreaterThanOrEqual(word.length - 1);
  });

  it('with --close-after gets that many bytes and FIN, and all where there are no more', async () => {
    const server = await serve([...raw, '--close-after', '100']);
    expect(await visit(server)).toMatchObject({ got: word.slice(0, 100), ending: 'ended' });
    expect(await visit(server, 'y'.repeat(100))).toMatchObject({ got: 'y'.repeat(100), ending: 'ended' });
    const { stdout } = await server.end('SIGTERM');
    expect(stdout).toMatch(/: reset after .*, 200 bytes in, 100 out; .* a fault has closed it\n/);
  });

  it.skipIf(lacksPython)(named('with --reset-after gets that many bytes and a reset'), async () => {
    const { port } = await serve([...raw, '--reset-after', '100']);
    expect((await run('python3', ['-c', pythonClient, port, word])).stdout).toBe('100 ConnectionResetError');
  });

  it('with --timeout gets nothing, and FIN after that time', async () => {
    const seen = await visited('--timeout', '1s');
    expect(seen).toMatchObject({ got: '', ending: 'ended' });
    expect(seen.tookMs).toBeGreaterThanOrEqual(999);
  });

  it('with --timeout 0 gets nothing and no end before the server aborts, then a reset', async () => {
    const client = await visitUntilAbort('--timeout', '0');
    expect([client.receivedBytes, await client.ended()]).toEqual([0, 'reset']);
  });

  it('with --half-open gets the reply and no FIN before the server aborts', async () => {
    const client = await visitUntilAbort('--half-open');
    expect(String(await client.all())).toBe(word);
  });

  it('with --refuse is reset, and with --first only that many', async () => {
    const server = await serve([...raw, '--refuse', '--first', '2']);
    const seen = [await visit(server), await visit(server), await visit(server)];
    expect(seen.map(({ ending, got }) => [ending, got.length])).toEqual([
      ['reset', 0],
      ['reset', 0],
      ['ended', 200],
    ]);
  });
});

describe('the seed of rxjs-tcp serve', () => {
  it('is printed where none was given, and makes the same faults again', async () => {
    const flags = [...raw, '--corrupt', '0.1'];
    const first = await serve(flags);
    const seed = seedIn(first) ?? 'none';
    const again = await serve([...flags, '--seed', seed]);
    const { got } = await visit(first);
    expect(got).not.toBe(word);
    expect((await visit(again)).got).toBe(got);
    expect((await visit(again)).got).not.toBe(got); // each connection has faults of its own
    expect((await visited('--corrupt', '0.1', '--seed', String(Number(seed) ^ 1))).got).not.toBe(got);
  });

  it('says which connections are struck with --toxicity', async () => {
    const struck = async (seed: string): Promise<boolean[]> => {
      const server = await serve([...raw, '--close-after', '100', '--toxicity', '0.5', '--seed', seed]);
      const lengths: number[] = [];
      for (let count = 0; count < 10; count += 1) lengths.push((await visit(server)).got.length);
      return lengths.map((length) => length === 100);
    };
    const [once, again, other] = [await struck('1'), await struck('1'), await struck('2')];
    expect(again).toEqual(once);
    expect(new Set(once).size).toBe(2);
    expect(other).not.toEqual(once);
  });

  it('is in the settings of a JSON log, and nowhere without faults', async () => {
    const server = await serve(['--refuse', '--log', 'json']);
    const { settings } = JSON.parse(server.printed());
    expect(settings).toEqual({ refuse: '', seed: expect.stringMatching(/^\d+$/) });
    expect((await serve([])).printed()).not.toContain('seed');
  });
});

it('the slices of --slice have that length, and are a millisecond apart', () => {
  const result = parsed(['--slice', '150']);
  const faults = 'serve' in result ? faultsOf(result.serve) : [];
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ expectObservable }) => {
    const network = memoryNetwork();
    tcpServer({ port: 7, transport: faulty(network, faults) }, identity).subscribe();
    const lengths$ = of(word).pipe(
      tcpConnect({ port: 7, transport: network }),
      map(({ length }) => length),
    );
    expectObservable(lengths$).toBe('ab|', { a: 150, b: 50 });
  });
});

it('the first line of the log has each fault as it was given', async () => {
  const faults = ['--latency', '50ms', '--jitter', '20ms', '--bandwidth', '64KB', '--slice', '65536'];
  const cuts = ['--close-after', '1.5MB', '--reset-after', '100', '--timeout', '2s', '--half-open'];
  const which = ['--direction', 'both', '--toxicity', '0.1', '--first', '3', '--seed', '42', '-d', '1s..3s'];
  const { printed } = await serve([...faults, ...cuts, ...which]);
  const shown = [
    'delay 1s..3s, latency 50ms, jitter 20ms, bandwidth 64KB, slice 64KiB, close-after 1500KB, reset-after 100',
    'timeout 2s, half-open, direction both, toxicity 0.1, first 3, seed 42\n',
  ];
  expect(printed()).toContain(shown.join(', '));
});

it('without a fault the server keeps the transport of the library, and with one it does not', () => {
  const transportOf = (...args: string[]) => {
    const result = parsed(args);
    return 'serve' in result && faultyNetwork(result.serve, 1, new Log('pretty', {})).transport;
  };
  expect(transportOf('--delay', '1s..3s')).toBeUndefined();
  expect(transportOf('--latency', '1s')).toMatchObject({ seed: 1 });
});
