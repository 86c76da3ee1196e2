/** The flags of `rxjs-tcp serve` that say which peers are served. */
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { command, type RunningServer, serve } from '../support/command.js';

const raw = ['--delay', '0', '--reply', 'raw'];
const servedWith = (...args: string[]) => serve([...raw, ...args]);

/** What a client on 127.0.0.1 gets. */
async function answered({ port }: RunningServer): Promise<string> {
  const { status, stdout, stderr } = await command(['connect', port, 'hello']);
  return status === 0 ? stdout : stderr;
}

const reset = /^rxjs-tcp: .* reset the connection\n$/;

describe('rxjs-tcp serve', () => {
  it('with --allow serves the peers of these networks and resets all others', async () => {
    expect(await answered(await servedWith('--allow', '::1,127.0.0.0/8'))).toBe('hello');
    const server = await servedWith('--allow', '127.0.0.2', '--allow', '::1');
    expect(await answered(server)).toMatch(reset);
    expect(server.printed()).toContain(`listening on 127.0.0.1:${server.port}, allow 127.0.0.2,::1, delay 0`);
    const { stdout } = await server.end('SIGTERM');
    expect(stdout).toMatch(/\ndropped 127\.0\.0\.1:\d+ at [^\n]*: refused\n/);
    expect(stdout).toMatch(/; dropped 1 refused\n$/);
  });

  it('with --deny resets the peers of these networks, those that --allow names too', async () => {
    expect(await answered(await servedWith('--deny', '127.0.0.2'))).toBe('hello');
    expect(await answered(await servedWith('--deny', '127.0.0.0/8', '--allow', '127.0.0.1'))).toMatch(reset);
  });

  it('with --max-connections-per-address resets one more of the same address', async () => {
    const server = await servedWith('--max-connections-per-address', '1');
    await Client.connect(server.port);
    await expect.poll(server.printed, { timeout: 10_000 }).toContain('opened');
    expect(await answered(server)).toMatch(reset);
    expect(server.printed()).toMatch(/\ndropped 127\.0\.0\.1:\d+ at [^\n]*: address-limit\n/);
  });

  it('with --proxy-protocol takes the address of the client from the header, for --deny too', async () => {
    const server = await servedWith('--proxy-protocol', '127.0.0.1', '--reply', '{remote}', '--deny', '192.0.2.0/24');
    const through = (source: string) =>
      command(['connect', server.port], `PROXY TCP4 ${source} 127.0.0.1 5000 7\r\nhello`);
    expect((await through('198.51.100.1')).stdout).toBe('198.51.100.1:5000');
    expect((await through('192.0.2.1')).stderr).toMatch(reset);
    expect(server.printed()).toMatch(/\ndropped 192\.0\.2\.1:5000 via proxy 127\.0\.0\.1:\d+ at [^\n]*: refused\n/);
  });

  it('with --proxy-protocol says what is wrong with a header, and echoes none of it', async () => {
    const server = await servedWith('--proxy-protocol', '127.0.0.1');
    expect((await command(['connect', server.port], 'GET / HTTP/1.0\r\n\r\n')).stdout).toBe('');
    await expect
      .poll(server.printed, { timeout: 10_000 })
      .toMatch(/: handshake; The PROXY protocol header is not valid/);
  });

  it('with --proxy-protocol resets a peer that is none of these proxies', async () => {
    expect(await answered(await servedWith('--proxy-protocol', '10.0.0.0/8'))).toMatch(reset);
  });
});

describe('rxjs-tcp serve --reuse-port', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const canShare = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);

  it('shares its port with another server, or says which Node can', async () => {
    if (!canShare) {
      const { status, stderr } = await command(['--port', '0', '--reuse-port']);
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/^rxjs-tcp: Node [\d.]+ cannot share a port: [^\n]+\n$/),
      ]);
      return;
    }
    const { port } = await serve(['--reuse-port']);
    const second = await serve(['--reuse-port', '--port', port]);
    expect(second.printed()).toBe(`listening on 127.0.0.1:${port}, reuse-port\n`);
  });
});

describe('an address that other machines reach', () => {
  it('of the environment is warned of in one line', async () => {
    const server = await serve([], { HOST: '0.0.0.0' });
    const { stderr } = await server.end('SIGTERM');
    expect(stderr).toMatch(
      /^rxjs-tcp: warning: HOST=0\.0\.0\.0 of the environment [^\n]+ --host 127\.0\.0\.1 [^\n]+\n$/,
    );
  });

  it('of the environment is warned of before the server listens', async () => {
    const { stderr } = await command(['--port', '0'], '', { HOST: '203.0.113.9' });
    const [first, second] = stderr.split('\n');
    expect(first).toMatch(/^rxjs-tcp: warning: HOST=203\.0\.113\.9 /);
    expect(second).toMatch(/^rxjs-tcp: Could not listen on 203\.0\.113\.9:0: /);
  });

  it('of --host is warned of where it is every one, and overrides the environment', async () => {
    const wide = await serve(['--host', '0.0.0.0']);
    expect((await wide.end('SIGTERM')).stderr).toMatch(/^rxjs-tcp: warning: --host 0\.0\.0\.0 accepts [^\n]+\n$/);
    const loopback = await serve(['--host', '127.0.0.1'], { HOST: '0.0.0.0' });
    expect((await loopback.end('SIGTERM')).stderr).toBe('');
  });

  it.each(['127.0.0.2', 'localhost'])('is not %s of the environment', async (HOST) => {
    const server = await serve([], { HOST });
    expect((await server.end('SIGTERM')).stderr).toBe('');
  });
});
