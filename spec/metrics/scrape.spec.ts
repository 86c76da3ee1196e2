/** A scrape: in Prometheus's format, as the page describes it, and also where no file descriptor is left. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Registry } from 'prom-client';
import { NEVER, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ServerEvent } from '../../lib/index.js';
import { observeMetrics, observeReplies } from '../../lib/metrics.js';
import { run } from '../support/command.js';
import { families } from '../support/exposition.js';

/** What is written of a server, its replies included. */
async function scraped(): Promise<string> {
  const registry = new Registry();
  observeReplies(registry).next(3);
  const server = (NEVER as Observable<ServerEvent>).pipe(observeMetrics(registry, { server: 'a "b"\\\n' })).subscribe();
  const text = await registry.metrics();
  server.unsubscribe();
  return text;
}

describe('a scrape', () => {
  it('is in the format of Prometheus', async () => {
    const found = families(await scraped());
    expect(found.size).toBe(16);
    expect(found.get('rxjs_tcp_draining')?.samples).toEqual(
      new Map([['rxjs_tcp_draining{server="a \\"b\\"\\\\\\n"}', 0]]),
    );
  });

  const lacks = spawnSync('promtool', ['--version']).error !== undefined;
  it.skipIf(lacks)(
    `has nothing that promtool objects to${lacks ? ' (skipped: there is no promtool)' : ''}`,
    async () => {
      expect(await run('promtool', ['check', 'metrics'], await scraped())).toEqual({
        status: 0,
        stdout: '',
        stderr: '',
      });
    },
  );

  it('has the families that docs/api.md lists, each with its type', async () => {
    const listed = [...readFileSync('docs/api.md', 'utf8').matchAll(/^\| `(rxjs_tcp_\w+)` \| (\w+) \|/gm)];
    const found = [...families(await scraped())].map(([name, { type }]) => [name, type]);
    expect(listed.map(([, name, type]) => [name, type]).sort()).toEqual(found.sort());
  });
});

/** A server with a client that has sent five bytes; then it opens files until none is left, and is scraped. */
const program = `
import { openSync } from 'node:fs';
import { collectDefaultMetrics, Registry } from ${JSON.stringify(import.meta.resolve('prom-client'))};
import { concat, NEVER, of } from ${JSON.stringify(import.meta.resolve('rxjs'))};
import { tcpConnect, tcpServer } from ${JSON.stringify(pathToFileURL('dist/index.js'))};
import { observeMetrics } from ${JSON.stringify(pathToFileURL('dist/metrics.js'))};

const registry = new Registry();
collectDefaultMetrics({ register: registry });
tcpServer(0, (chunks$) => chunks$).pipe(observeMetrics(registry)).subscribe(async (event) => {
  if (event.type !== 'listening') return;
  concat(of('hello'), NEVER).pipe(tcpConnect(event.address)).subscribe(async () => {
    let error;
    while (error === undefined) {
      try {
        openSync('/dev/null');
      } catch (cause) {
        error = cause;
      }
    }
    const text = await registry.metrics();
    process.stdout.write(text + '\\n# ' + error.code, () => process.exit());
  });
});
`;

it.skipIf(process.platform === 'win32')('does not throw where no file descriptor is left', async () => {
  const limited = `ulimit -n 100; exec ${process.execPath} --input-type=module`;
  const { status, stdout, stderr } = await run('sh', ['-c', limited], program);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^# EMFILE$/m);
  expect(stdout).toMatch(/^rxjs_tcp_connections_open 1$/m);
  expect(stdout).toMatch(/^rxjs_tcp_read_bytes_total 5$/m);
  expect(stdout).toMatch(/^process_cpu_seconds_total \d/m);
});
