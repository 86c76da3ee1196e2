/** `rxjs-tcp serve`, as the built command: replies, log, signals, exit status. */
import { once } from 'node:events';
import net from 'node:net';
import { styleText } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { command, netcat, run, serve } from '../support/command.js';

const stamp = String.raw`\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}`;

describe('rxjs-tcp serve', () => {
  it('answers with the words and the time, and closes after its client', async () => {
    const { port } = await serve(['--delay', '50ms']);
    const { stdout, status } = await command(['connect', port, 'hello', 'there']);
    expect(stdout).toMatch(new RegExp(`^Echo=>hello there at ${stamp}$`));
    expect(status).toBe(0);
  });

  for (const unit of ['connection', 'chunk']) {
    const name = `answers netcat, which then exits, with --delay-per ${unit}`;
    it.skipIf(netcat === undefined)(netcat ? name : `${name} (skipped: there is no nc or ncat)`, async () => {
      const { port } = await serve(['--delay', '50ms', '--delay-per', unit]);
      const [program, ...flags] = netcat ?? [''];
      const { stdout, status } = await run(program, [...flags, '127.0.0.1', port], 'hello');
      expect(stdout).toMatch(new RegExp(`^Echo=>hello at ${stamp}$`));
      expect(status).toBe(0);
    });
  }

  it('answers 3 000 bytes in three replies, as the recv(1024) of the original does', async () => {
    const { port } = await serve(['--delay', '200ms', '--reply', 'python']);
    const { stdout } = await command(['connect', port], 'x'.repeat(3_000));
    const lengths = [...stdout.matchAll(/Echo=>b'(x+)' at /g)].map(([, data]) => data?.length);
    expect(lengths).toEqual([1_024, 1_024, 952]);
  });

  it('with --reply TEMPLATE fills the template', async () => {
    const { port } = await serve(['--delay', '0', '--reply', '{remote} said {data}']);
    const { stdout } = await command(['connect', port, 'x']);
    expect(stdout).toMatch(/^127\.0\.0\.1:\d+ said x$/);
  });

  it('prints its address, then one line for each event', async () => {
    const server = await serve(['--delay', '0']);
    await command(['connect', server.port, 'hello']);
    const { stdout, status } = await server.end('SIGTERM');
    const remote = String.raw`127\.0\.0\.1:\d+`;
    const lines = [
      `listening on 127.0.0.1:${server.port}, delay 0`,
      `opened ${remote} at ${stamp}`,
      `closed ${remote} at ${stamp}: ended after \\d\\.\\d s, 5 bytes in, 39 out`,
      'draining, connections open: 0',
      `stopped at ${stamp}: 1 connection, 5 bytes in, 39 out`,
    ];
    expect(stdout).toMatch(new RegExp(`^${lines.join('\n')}\n$`));
    expect(status).toBe(0);
  });

  it('with --log json prints each event as JSON', async () => {
    const server = await serve(['--delay', '0', '--log', 'json']);
    await command(['connect', server.port, 'hello']);
    const { stdout } = await server.end('SIGTERM');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['listening', 'opened', 'closed', 'draining', 'stopped']);
    expect(events[0]).toMatchObject({
      settings: { delay: '0' },
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(events[2]).toMatchObject({ id: 1, reason: 'ended', bytesRead: 5, bytesWritten: 39 });
    expect(Number.isInteger(events[2].durationMs)).toBe(true);
    expect(events[4].totals).toMatchObject({ connections: 1, aborted: 0, bytesRead: 5, bytesWritten: 39 });
  });

  it('with --quiet prints its address and nothing else', async () => {
    const server = await serve(['--delay', '0', '--quiet']);
    await command(['connect', server.port, 'hello']);
    const { stdout } = await server.end('SIGTERM');
    expect(stdout).toBe(`listening on 127.0.0.1:${server.port}, delay 0, quiet\n`);
  });

  it('prints the value of every flag that differs from its default in its first line', async () => {
    const limits = [
      '-m',
      '9',
      '-i',
      '90s',
      '--half-close-timeout',
      '1500',
      '--max-lifetime',
      '1h',
      '--write-timeout',
      'off',
    ];
    const reply = ['--reply', '{data}\\n', '--delay-per', 'chunk', '-d', '250ms', '--max-chunk', '1024'];
    const { printed, port } = await serve([...limits, ...reply, '--high-water-mark', '4096', '--grace', '0']);
    const settings = [
      'max-connections 9, delay 250ms, delay-per chunk, reply "{data}\\n", idle-timeout 90s, write-timeout off',
      'half-close-timeout 1500ms, max-lifetime 1h, high-water-mark 4096, grace 0',
    ];
    expect(printed()).toBe(`listening on 127.0.0.1:${port}, ${settings.join(', ')}\n`);
  });

  it('with --service lines answers line by line', async () => {
    const { port } = await serve(['--delay', '0', '--service', 'lines', '--reply', 'raw']);
    expect((await command(['connect', port], 'one\r\ntwo\nthree')).stdout).toBe('one\ntwo\nthree\n');
  });

  it('with --service daytime says what time it is, and with discard nothing', async () => {
    const daytime = await serve(['-s', 'daytime']);
    expect((await command(['connect', daytime.port, 'x'])).stdout).toMatch(new RegExp(`^${stamp}\r\n$`));
    const discard = await serve(['-s', 'discard']);
    expect(await command(['connect', discard.port, 'x'])).toEqual({ stdout: '', stderr: '', status: 0 });
  });

  it('with an escape in --reply sends the character', async () => {
    const { port } = await serve(['--delay', '0', '--reply', String.raw`{data}\n\t\\n`]);
    expect((await command(['connect', port, 'x'])).stdout).toBe('x\n\t\\n');
  });

  it('colours the words that matter with FORCE_COLOR, and not with NO_COLOR', async () => {
    const coloured = await serve(['--delay', '0', '-m', '1'], { FORCE_COLOR: '1' });
    const painted = (colour: 'green' | 'yellow' | 'red', text: string) =>
      styleText(colour, text, { validateStream: false });
    expect(coloured.printed()).toContain(`${painted('green', 'listening')} on `);
    await command(['connect', coloured.port, 'hello']);
    await until(() => coloured.printed().includes(': ended after '));
    const client = await Client.connect(coloured.port);
    await client.send('hello');
    await until(() => coloured.printed().match(/opened /g)?.length === 2);
    await (await Client.connect(coloured.port)).ended();
    client.reset();
    await until(() => coloured.printed().includes(`: ${painted('red', 'reset')} after `));
    expect(coloured.printed()).toContain(`\n${painted('yellow', 'dropped')} 127.0.0.1:`);
    const plain = await serve([], { NO_COLOR: '1' });
    expect(plain.printed()).toMatch(/^listening on /);
  });

  it('at its limit tells of the first refused client, then of how many more, and of all at its end', async () => {
    const server = await serve(['--max-connections', '1']);
    await Client.connect(server.port);
    await until(() => server.printed().includes('opened'));
    const refused = await Promise.all(Array.from({ length: 51 }, () => Client.connect(server.port)));
    await Promise.all(refused.map((client) => client.ended()));
    const { stdout } = await server.end('SIGTERM');
    const dropped = stdout.split('\n').filter((line) => line.startsWith('dropped'));
    expect(dropped[0]).toMatch(new RegExp(`^dropped 127\\.0\\.0\\.1:\\d+ at ${stamp}: limit$`));
    const more = dropped.slice(1).map((line) => Number(/^dropped (\d+) more at .*: limit$/.exec(line)?.[1]));
    expect(more.reduce((sum, count) => sum + count, 0)).toBe(50);
    expect(stdout).toMatch(/stopped at .*; dropped 51 limit\n$/);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`on ${signal} sends outstanding replies and exits with status 0`, async () => {
      const server = await serve(['--delay', '300ms']);
      const client = await Client.connect(server.port);
      await client.send('hello'); // the connection has to be open before the signal
      await until(() => server.printed().includes('opened'));
      const { status } = await server.end(signal);
      expect(String(await client.all())).toMatch(/^Echo=>hello at /);
      expect(status).toBe(0);
    });
  }

  it('resets open connections after --grace and exits with status 3', async () => {
    const server = await serve(['--delay', '1h', '--grace', '50ms']);
    const client = command(['connect', server.port, 'hello']);
    await until(() => server.printed().includes('opened'));
    const { status, stderr } = await server.end('SIGTERM');
    expect([status, stderr, (await client).status]).toEqual([3, '', 1]);
  });

  it('on a second signal aborts and exits with status 3', async () => {
    const server = await serve(['--delay', '1h', '--grace', '1h']);
    const socket = net.connect(Number(server.port), '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    await until(() => server.printed().includes('opened'));
    const ended = server.end('SIGTERM');
    await until(() => server.printed().includes('draining'));
    process.kill(server.pid, 'SIGTERM');
    expect((await ended).status).toBe(3);
  });

  it('without --host and --port takes HOST and PORT of the environment', async () => {
    const { stderr, status } = await command(['serve'], '', { HOST: '127.0.0.1', PORT: '99999' });
    expect(stderr).toContain("option '-p, --port <port>' value '99999' from env 'PORT' is invalid");
    expect(status).toBe(2);
    const server = await serve([], { HOST: '127.0.0.2' });
    expect(server.printed()).toBe(`listening on 127.0.0.2:${server.port}\n`);
  });
});

/** Waits for what a process prints. */
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 10_000, interval: 5 }).toBe(true);
}
