/** `rxjs-tcp serve --metrics`: what watches a server, by HTTP. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { command, main, proxy, type RunningServer, run, serve, serveFromShell } from '../support/command.js';
import { families } from '../support/exposition.js';

/** The machine may be busy. */
const patient = { timeout: 20_000 };

interface Page {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function page(port: string, path: string, method = 'GET', agent: Agent | false = false): Promise<Page> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, agent }, async (response) => {
      const { statusCode: status, headers } = response;
      resolve({ status, headers, body: await text(response) });
    })
      .on('error', reject)
      .end();
  });
}

/** Where a server serves its metrics, as its first line tells. */
const metricsPort = ({ printed }: RunningServer) => /metrics \S+?:(\d+)/.exec(printed())?.[1] as string;

/** A server with this delay, and a function that gets its pages. */
async function watched(...flags: readonly string[]) {
  const server = await serve(['--metrics', '0', ...flags]);
  const port = metricsPort(server);
  return { server, get: (path: string, method?: string) => page(port, path, method) };
}

/** A client that is connected, has sent a byte, and does not end its side by itself. */
async function waiting(port: string): Promise<net.Socket> {
  const socket = net.connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.write('x', resolve));
  return socket;
}

/** A port that is in use. */
async function taken(): Promise<string> {
  const other = net.createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  return String((other.address() as AddressInfo).port);
}

describe('rxjs-tcp serve --metrics', () => {
  it('serves the metrics of the server, of its replies and of its process', async () => {
    const { server, get } = await watched('--delay', '10ms');
    await command(['connect', server.port, 'hello']);
    const { status, headers, body } = await get('/metrics');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    const value = (name: string) => families(body).get(name)?.samples.get(name);
    expect(value('rxjs_tcp_read_bytes_total')).toBe(5);
    expect(value('rxjs_tcp_replies_total')).toBe(1);
    expect(value('process_open_fds')).toBeGreaterThan(10);
    expect(body).not.toContain('nodejs_active_'); // takes as long as there are connections
  });

  it('has its address in the first line of the log, with the port that the kernel chose', async () => {
    const { server } = await watched('--quiet');
    expect(server.printed()).toMatch(/^listening on 127\.0\.0\.1:\d+, metrics 127\.0\.0\.1:[1-9]\d+, quiet\n$/);
  });

  it('answers GET and HEAD on three pages, and nothing else', async () => {
    const { get } = await watched();
    const seen: unknown[] = [];
    for (const path of ['/metrics', '/healthz', '/readyz', '/readyz?verbose', '/', '/metrics/', '/__proto__']) {
      const [got, head, post] = await Promise.all(['GET', 'HEAD', 'POST'].map((method) => get(path, method)));
      seen.push([path, got?.status, head?.status, post?.status]);
      expect(head?.body).toBe('');
      expect(got?.headers.allow).toBeUndefined();
    }
    expect(seen).toEqual([
      ['/metrics', 200, 200, 405],
      ['/healthz', 200, 200, 405],
      ['/readyz', 200, 200, 405],
      ['/readyz?verbose', 200, 200, 405],
      ['/', 404, 404, 404],
      ['/metrics/', 404, 404, 404],
      ['/__proto__', 404, 404, 404],
    ]);
    expect((await get('/healthz', 'DELETE')).headers.allow).toBe('GET, HEAD');
    const said = ['/healthz', '/readyz', '/', '/metrics?'].map(async (path) => (await get(path)).body.split('\n')[0]);
    const metric = expect.stringMatching(/^# HELP /);
    expect(await Promise.all(said)).toEqual(['alive', 'ready', '/metrics, /healthz, /readyz', metric]);
  });

  it('is not ready at its limit of connections, and ready again below it', async () => {
    const { server, get } = await watched('--max-connections', '1', '--delay', '60s');
    const client = await waiting(server.port);
    const ready = async () => (await get('/readyz')).status;
    await expect.poll(ready, patient).toBe(503);
    expect((await get('/readyz')).body).toBe('at its limit of 1 connections\n');
    expect((await get('/healthz')).status).toBe(200);
    client.resetAndDestroy();
    await expect.poll(ready, patient).toBe(200);
  });

  it('is not ready from the begin of a graceful shutdown to its end, and closes with the server', async () => {
    const { server, get } = await watched('--delay', '0');
    const client = await waiting(server.port);
    await expect.poll(server.printed, patient).toContain('opened');
    const ended = server.end('SIGTERM'); // which the client keeps waiting
    await expect.poll(server.printed, patient).toContain('draining');
    expect(await get('/readyz')).toMatchObject({ status: 503, body: 'draining\n' });
    expect((await get('/metrics')).body).toMatch(/^rxjs_tcp_draining 1$/m);
    expect((await get('/healthz')).status).toBe(200);
    client.end();
    expect(await ended).toMatchObject({ status: 0, stderr: '' });
    await expect(get('/readyz')).rejects.toThrow('ECONNREFUSED');
  });

  it('keeps a connection between scrapes for longer than the minute that Prometheus waits by default', async () => {
    const server = await serve(['--metrics', '0']);
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const { headers } = await page(metricsPort(server), '/metrics', 'GET', agent);
    const [, seconds] = /^timeout=(\d+)$/.exec(String(headers['keep-alive'])) ?? [];
    expect(Number(seconds)).toBeGreaterThan(60);
  });

  it('does not keep the process alive, also while a client stays connected', async () => {
    const server = await serve(['--metrics', '0']);
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    await page(metricsPort(server), '/metrics', 'GET', agent);
    expect(await server.end('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
  });

  it.skipIf(process.platform === 'win32')(
    'is scraped, on a connection that it has, where no file descriptor is left',
    async () => {
      const server = await serveFromShell('ulimit -n 80; exec "$0" "$@"', [
        '--port',
        '0',
        '--metrics',
        '0',
        '--delay',
        '60s',
        '--max-connections',
        '1000',
      ]);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      onTestFinished(() => agent.destroy());
      const scrape = async () => (await page(metricsPort(server), '/metrics', 'GET', agent)).body;
      await scrape();
      await Promise.all(Array.from({ length: 100 }, () => waiting(server.port)));
      await expect
        .poll(scrape, { timeout: 10_000 })
        .toMatch(/^rxjs_tcp_warnings_total\{code="ERR_TOO_MANY_FILES"\} [1-9]/m);
      await expect(page(metricsPort(server), '/healthz')).rejects.toThrow(); // on a new one it is not
      expect((await server.end('SIGTERM')).stderr).not.toContain('Error');
    },
  );

  it('goes on where its HTTP server cannot accept a connection', async () => {
    const failing = `import http from 'node:http';
      const { listen } = http.Server.prototype;
      http.Server.prototype.listen = function (...args) {
        this.once('listening', () => setImmediate(() => this.emit('error', new Error('accept EMFILE'))));
        return listen.apply(this, args);
      };`;
    const preload = `--import=data:text/javascript,${encodeURIComponent(failing)}`;
    const server = await serve(['--metrics', '0', '--delay', '0', '--reply', 'raw'], { NODE_OPTIONS: preload });
    expect(await command(['connect', server.port, 'hello'])).toMatchObject({ stdout: 'hello' });
    expect((await page(metricsPort(server), '/healthz')).status).toBe(200);
    expect(await server.end('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
  });

  it('obeys a signal that comes while it starts', async () => {
    const early = `process.on('newListener', (name) => {
      if (name === 'SIGTERM') setImmediate(() => process.emit('SIGTERM'));
    });`;
    const preloaded = ['--import', `data:text/javascript,${encodeURIComponent(early)}`];
    const { status, stdout } = await run(process.execPath, [
      ...preloaded,
      ...main,
      'serve',
      ...['--port', '0', '--metrics', '0', '--log', 'pretty'],
    ]);
    expect(stdout).toMatch(/^draining.*\nstopped/m);
    expect(status).toBe(0);
  });

  it('where its port is taken ends with one line and status 1, and never serves', async () => {
    const port = await taken();
    const { status, stdout, stderr } = await command(['serve', '--port', '0', '--metrics', port]);
    const problem = `Could not serve metrics on 127.0.0.1:${port}: address already in use`;
    expect(stderr).toBe(`rxjs-tcp: ${problem}; give --metrics another address\n`);
    expect([status, stdout]).toEqual([1, '']);
  });

  it('where the port of the server is taken ends as without it', async () => {
    const port = await taken();
    const { status, stderr } = await command(['serve', '--port', port, '--metrics', '0']);
    expect(stderr).toMatch(new RegExp(`^rxjs-tcp: Could not listen on 127.0.0.1:${port}: .*\n$`));
    expect(status).toBe(1);
  });

  it('without prom-client says what to install', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'rxjs-tcp-'));
    onTestFinished(() => rmSync(elsewhere, { recursive: true }));
    mkdirSync(join(elsewhere, 'dist'));
    cpSync('dist/app', join(elsewhere, 'dist/app'), { recursive: true });
    cpSync('package.json', join(elsewhere, 'package.json'));
    const args = [join(elsewhere, 'dist/app/main.js'), 'serve', '--port', '0', '--metrics', '0'];
    const { status, stdout, stderr } = await run(process.execPath, args);
    expect(stderr).toBe(
      'rxjs-tcp: --metrics needs prom-client: install it where rxjs-tcp is, npm install prom-client\n',
    );
    expect([status, stdout]).toEqual([1, '']);
  });

  it('refuses an address that is none', async () => {
    const { status, stderr } = await command(['serve', '--metrics', 'localhost']);
    expect(stderr).toContain(
      "option '--metrics <address>' argument 'localhost' is invalid. Expected a port from 0 to 65535",
    );
    expect(status).toBe(2);
  });
});

it('rxjs-tcp proxy --metrics counts what it passes on, and no replies, which are those of its upstream', async () => {
  const upstream = await serve(['--delay', '0', '--reply', 'raw']);
  const between = await proxy(['--metrics', '0', '0', upstream.port]);
  await command(['connect', between.port, 'hello']);
  const { body } = await page(metricsPort(between), '/metrics');
  const own = families(body);
  expect(own.get('rxjs_tcp_written_bytes_total')?.samples.get('rxjs_tcp_written_bytes_total')).toBe(5);
  expect(own.has('rxjs_tcp_replies_total')).toBe(false);
});
