import { EMPTY, firstValueFrom, identity, lastValueFrom, NEVER, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { TcpError, type TcpServerConfig, tcpServer } from '../../lib/index.js';
import { run } from '../support/command.js';
import { isLong } from '../support/tier.js';
import { lifecycle } from './cases/lifecycle.js';
import { declare } from './support/declare.js';

declare('F: starting and stopping', lifecycle);

/** The events of a server that is stopped by `stop$`. */
const eventsOf = (stop$: TcpServerConfig['stop$'], port = 0) =>
  lastValueFrom(tcpServer({ port, stop$ }, identity).pipe(toArray()));

/** With a heap that can be told to collect and a young generation that does not grow, which would look like a leak. */
const script = (text: string) =>
  run(process.execPath, ['--expose-gc', '--max-semi-space-size=1', '--input-type=module', '--eval', text]);

const startAndStop = (times: number) => `
import { firstValueFrom, identity, Subject, filter, tap, lastValueFrom } from 'rxjs';
import { tcpServer } from './dist/index.js';
process.on('warning', (warning) => console.error(String(warning)));
let port = 0;
const residentMB = () => {
  gc();
  return process.memoryUsage.rss() / 1e6;
};
let halfway = 0;
for (let round = 0; round < ${times}; round += 1) {
  const stop$ = new Subject();
  await lastValueFrom(tcpServer({ port, stop$ }, identity).pipe(tap((event) => {
    if (event.type === 'listening') { port = event.address.port; stop$.next(); }
  })));
  if (round === ${times} / 2) halfway = residentMB();
}
await new Promise((resolve) => setImmediate(setImmediate, resolve)); // handles close at the end of a turn
console.log(residentMB() - halfway, ...process.getActiveResourcesInfo().filter((each) => each !== 'PipeWrap'));
`;

const stopped = `
import { identity, Subject } from 'rxjs';
import { tcpServer } from './dist/index.js';
const stop$ = new Subject();
tcpServer({ port: 0, stop$ }, identity).subscribe((event) => {
  if (event.type !== 'listening') return;
  const at = performance.now();
  process.on('exit', () => console.log(performance.now() - at));
  stop$.next();
});
`;

describe('F: the library', () => {
  it('F53 a server that is stopped before it listens, or at once, completes', async () => {
    expect((await eventsOf(of('stop'))).map(({ type }) => type)).toEqual(['draining']);
    expect((await eventsOf(of('stop', 'stop'))).map(({ type }) => type)).toEqual(['draining']);
  });

  it('F53 a server that could not listen errors once, and stopping it then has no effect', async () => {
    const server$ = tcpServer({ port: 0, stop$: NEVER }, identity);
    const held = await new Promise<number>((resolve) => {
      const first = server$.subscribe((event) => event.type === 'listening' && resolve(event.address.port));
      setTimeout(() => first.unsubscribe(), 500);
    });
    await expect(eventsOf(EMPTY, held)).rejects.toBeInstanceOf(TcpError);
    await expect(firstValueFrom(tcpServer({ port: held, stop$: NEVER }, identity))).rejects.toThrow('in use');
  });

  const times = isLong ? 1_000 : 200;
  it(`F54 ${times} starts and stops on one port: never in use, no warning, flat memory`, async () => {
    const { stdout, stderr, status } = await script(startAndStop(times));
    const [grownMB, ...handles] = stdout.trim().split(' ');
    expect([stderr, status, handles]).toEqual(['', 0, []]);
    expect(Number(grownMB)).toBeLessThanOrEqual(4);
  });

  it('F56 a process exits by itself within 200 ms after its server has stopped', async () => {
    const { stdout, stderr, status } = await script(stopped);
    expect([stderr, status]).toEqual(['', 0]);
    expect(Number(stdout)).toBeLessThanOrEqual(200);
  });
});
