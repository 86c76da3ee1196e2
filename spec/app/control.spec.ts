/** Lines on standard input change the faults of a running server, and harm nothing where nothing is typed. */
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { main, type RunningServer, serve, serveFromShell } from '../support/command.js';
import { hasScript, named, shownOnTerminal } from '../support/terminal.js';

const raw = ['--delay', '0', '--reply', 'raw'];

/** Sends a line, and waits for what the command says to it. */
async function say(server: RunningServer, line: string, answer: string | RegExp): Promise<void> {
  const before = [server.printed().length, server.complained().length] as const;
  const said = () => server.printed().slice(before[0]) + server.complained().slice(before[1]);
  server.input.write(`${line}\n`);
  await expect.poll(said, { timeout: 10_000 }).toMatch(answer);
}

const holds = (faults: string) => new RegExp(`^faults at .*: ${faults}\n$`);

async function roundTripMs(client: Client): Promise<number> {
  const startedAt = performance.now();
  const before = client.receivedBytes;
  client.socket.write('x');
  await client.bytes(before + 1);
  return performance.now() - startedAt;
}

describe('a line on standard input', () => {
  it('changes the faults of connections that are open, and clear ends them', async () => {
    const server = await serve([...raw, '--control']);
    const client = await Client.connect(server.port);
    await roundTripMs(client);
    await say(server, 'latency 300ms', /faults at .*: latency 300ms\n/);
    expect(await roundTripMs(client)).toBeGreaterThanOrEqual(299);
    await say(server, 'clear', holds('none'));
    expect(await roundTripMs(client)).toBeLessThan(299);
    await say(server, 'reset-after 3', holds('reset-after 3'));
    client.socket.write('four');
    await client.ended();
    await expect.poll(server.printed, { timeout: 10_000 }).toContain('; Lost the connection to');
    expect(server.printed()).toContain(': a fault has reset it\n');
  });

  it('sets what it names, leaves the rest, and clear NAME ends one', async () => {
    const server = await serve([...raw, '--latency', '5ms', '--first', '3', '--quiet']);
    await say(server, '  half-open   jitter 1ms ', holds('latency 5ms, jitter 1ms, half-open, first 3'));
    await say(server, 'latency 2s bandwidth 64KB', holds('latency 2s, jitter 1ms, bandwidth 64KB, half-open, first 3'));
    await say(server, 'clear latency first', holds('bandwidth 64KB, half-open'));
    await say(server, '\nshow', holds('bandwidth 64KB, half-open'));
    await say(server, 'direction both timeout 0', holds('bandwidth 64KB, timeout 0, half-open, direction both'));
    await say(server, 'clear', holds('none'));
  });

  it('leaves a fault that it does not name as it is, at its place in the bytes', async () => {
    const server = await serve([...raw, '--close-after', '6']);
    const client = await Client.connect(server.port);
    client.socket.write('four');
    await client.bytes(4);
    await expect.poll(server.printed).toContain('opened');
    await say(server, 'latency 1ms', holds('latency 1ms, close-after 6'));
    client.socket.write('more');
    expect(String(await client.all())).toBe('fourmo');
  });

  it.each([
    ['latencyy 5', /unknown word "latencyy": a line has latency <duration>, .*clear <name>, show or help/],
    ['help', /^rxjs-tcp: a line has latency <duration>, jitter <duration>, .*, half-open, .*, show or help\n$/],
    ['latency', /^rxjs-tcp: latency <duration>: the value is missing\n$/],
    ['latency 5 parsecs', /unknown word "parsecs"/],
    ['latency soon', /^rxjs-tcp: latency "soon" is invalid: Expected a duration from 0 to .*\n$/],
    ['direction up', /direction "up" is invalid: Allowed choices are outgoing, incoming, both/],
    ['jitter 5ms', /^rxjs-tcp: jitter has no effect without latency\n$/],
    ['clear all', /unknown word "all"/],
    ['seed 7', /unknown word "seed"/],
    ['\u001b]0;pwn\u0007\u009b', /^[\x20-\x7e]*: unknown word "\\u001b\]0;pwn\\u0007\\u009b"/],
  ])('%j has one line as its answer, and changes nothing', async (line, answer) => {
    const server = await serve([...raw, '--refuse']);
    await say(server, line, answer);
    await say(server, 'show', holds('refuse'));
    expect(server.complained().split('\n').length).toBe(2);
  });

  it('is a line of a JSON log, too', async () => {
    const server = await serve([...raw, '--control', '--log', 'json']);
    await say(server, 'latency 1s half-open', /\n$/);
    const line = JSON.parse(server.printed().trim().split('\n').at(-1) ?? '');
    expect(line).toMatchObject({ event: 'faults', faults: { latency: '1s', 'half-open': '' } });
  });

  it('without an end, up to 64 KiB, is the last one that is read', async () => {
    const server = await serve([...raw, '--control']);
    server.input.write('x'.repeat(200_000));
    await expect
      .poll(server.complained, { timeout: 10_000 })
      .toMatch(/^rxjs-tcp: standard input is not read any further/);
    server.input.write('x'.repeat(4_000_000));
    const client = await Client.connect(server.port);
    for (let count = 0; count < 100; count += 1) await roundTripMs(client);
    expect(server.input.writableLength).toBeGreaterThan(0);
    client.end();
    expect((await server.end('SIGTERM')).status).toBe(0);
  });
});

describe('standard input', () => {
  it('may end: the server goes on', async () => {
    const server = await serve([...raw, '--control']);
    server.input.end('latency 1ms');
    await expect.poll(server.printed, { timeout: 10_000 }).toContain('latency 1ms');
    const client = await Client.connect(server.port);
    await roundTripMs(client);
    expect(await Promise.race([server.ended, roundTripMs(client)])).toBeTypeOf('number');
  });

  it('that is open keeps no server alive that ends', async () => {
    const server = await serve([...raw, '--control', '--exit-after', '1']);
    (await Client.connect(server.port)).end();
    expect((await server.ended).status).toBe(0);
  });

  it('is not read without a fault or --control: another program may wait for it', async () => {
    const program = `exec 3<&0; "$0" "$@" <&3 & pid=$!; sleep 1; head -1; wait $pid`;
    const server = await serveFromShell(program, ['--port', '0', ...raw, '--exit-after', '1']);
    server.input.end('for another\n');
    await expect.poll(server.printed, { timeout: 10_000 }).toContain('for another\n');
    (await Client.connect(server.port)).end();
    expect((await server.ended).status).toBe(0);
  });

  it('that is a file is not read, and --control says so', async () => {
    const server = await serveFromShell('exec "$0" "$@" < package.json', ['--port', '0', '--control']);
    await expect
      .poll(server.complained, { timeout: 10_000 })
      .toBe('rxjs-tcp: warning: --control has no effect: standard input is neither a terminal nor a pipe\n');
    expect((await server.end('SIGTERM')).stderr.split('\n').length).toBe(2);
  });
});

describe('a terminal as standard input', () => {
  const started = `${[process.execPath, ...main].join(' ')} serve -p 0 --latency 5ms`;

  it.skipIf(!hasScript)(named('is read in the foreground, and Ctrl-D does not end the server'), async () => {
    const shown = await shownOnTerminal(
      started,
      { text: 'latency 50ms\n', after: 'listening' },
      { text: '\u0004', after: ': latency 50ms' },
      { text: '\u0003', after: ': latency 50ms' },
    );
    expect(shown).toContain(': latency 50ms\n');
    expect(shown).toMatch(/stopped at .*: 0 connections/);
  });

  it.skipIf(!hasScript)(named('is not read by a background job, which is not stopped'), async () => {
    const shown = await shownOnTerminal(
      'PS1= exec bash --norc --noediting -i',
      { text: `${started} &\n`, after: '' },
      { text: 'echo for the $((1 + 1))nd; sleep 1.5; jobs -l\n', after: 'listening' },
      { text: 'kill %1; wait; exit\n', after: 'Running' },
    );
    expect(shown).toContain('for the 2nd\n');
    expect(shown).not.toContain('unknown word');
  });
});
