/** examples/redis.ts: a socket of Node's, redis-cli and redis-benchmark talk to it; and its parser, on every cut. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { assert, property } from 'fast-check';
import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { commands } from '../../examples/resp.js';
import { Client } from '../support/client.js';
import { run, serveExample } from '../support/command.js';
import { cut, lengths } from '../support/cuts.js';

const redisOf = (...command: string[]) =>
  `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

const lacking = (program: string) => spawnSync(program, ['--version']).error !== undefined;
const why = (program: string) => (lacking(program) ? ` (skipped: there is no ${program})` : '');

describe('examples/resp.ts', () => {
  const sent = ['PING', 'it is', '', '\r\n', '$4\r\n', 'ü'];
  const parsed = sent.map((word) => Buffer.from(word).toString('latin1'));

  it('reads the same commands however the bytes are cut', () => {
    const bytes = Buffer.from(`${redisOf(...sent)}PING typed\r\n${redisOf('GET', 'x'.repeat(1_000))}`);
    assert(
      property(lengths, (lengths) => {
        const seen: string[][] = [];
        from(cut(bytes, lengths))
          .pipe(commands())
          .subscribe((all) => seen.push(...all));
        expect(seen).toEqual([parsed, ['PING', 'typed'], ['GET', 'x'.repeat(1_000)]]);
      }),
    );
  });

  it.each(['*129\r\n', '*-1\r\n', '*1.5\r\n', '*1\r\n$16385\r\n', '*1\r\n$x\r\n', '*1\r\n*1\r\n', 'x'.repeat(1_025)])(
    'refuses %j',
    (bytes) => {
      const seen: unknown[] = [];
      from([Buffer.from(bytes)])
        .pipe(commands())
        .subscribe({ next: (all) => seen.push(...all), error: ({ message }) => seen.push(message.slice(0, 14)) });
      expect(seen).toEqual(['Protocol error']);
    },
  );
});

describe('examples/redis.ts', () => {
  it('answers in one write what it read at once', async () => {
    const { socket } = await Client.connect((await serveExample('redis')).port, { reads: false });
    socket.write(redisOf('PING').repeat(16));
    const [read] = await once(socket, 'data');
    expect(String(read)).toBe('+PONG\r\n'.repeat(16));
  });

  it('keeps the bytes of a value as they are', async () => {
    const client = await Client.connect((await serveExample('redis')).port);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    client.end(
      Buffer.concat([Buffer.from('*3\r\n$3\r\nset\r\n$1\r\na\r\n$256\r\n'), bytes, Buffer.from('\r\nget a\r\n')]),
    );
    expect(await client.all()).toEqual(Buffer.concat([Buffer.from('+OK\r\n$256\r\n'), bytes, Buffer.from('\r\n')]));
  });

  it.skipIf(lacking('redis-cli'))(`redis-cli understands its answers${why('redis-cli')}`, async () => {
    const { port } = await serveExample('redis');
    const session: Record<string, string> = {
      PING: 'PONG',
      'PING hello': '"hello"',
      'SET a 41': 'OK',
      'INCR a': '(integer) 42',
      'GET a': '"42"',
      'INCR b': '(integer) 1',
      'SET c "not a number"': 'OK',
      'INCR c': '(error) ERR value is not an integer',
      'SET d 1e3': 'OK',
      'INCR d': '(error) ERR value is not an integer',
      'DEL a b nothing': '(integer) 2',
      'GET b': '(nil)',
      'ECHO "two words"': '"two words"',
      'GET a b': "(error) ERR wrong number of arguments for 'GET'",
      COMMAND: '(empty array)',
      NOSUCH: "(error) ERR unknown command 'NOSUCH'",
    };
    const input = `${Object.keys(session).join('\n')}\n`;
    const { stdout } = await run('redis-cli', ['--no-raw', '-p', port], input);
    expect(stdout.split('\n').filter(Boolean)).toEqual(Object.values(session));
  });

  const benchmark = 'redis-benchmark';
  it.skipIf(lacking(benchmark))(`answers ${benchmark}, 50 clients with 16 requests each${why(benchmark)}`, async () => {
    const { port } = await serveExample('redis');
    const tests = ['ping', 'set', 'get', 'incr'];
    const args = ['-p', port, '-t', tests.join(), '-n', '20000', '-c', '50', '-P', '16', '-e', '--csv'];
    const { status, stdout } = await run(benchmark, args);
    const done = [...stdout.matchAll(/^"(\w+)","\d/gm)].map(([, test]) => test);
    expect({ status, done }).toEqual({ status: 0, done: ['PING_INLINE', 'PING_MBULK', 'SET', 'GET', 'INCR'] });
  });
});
