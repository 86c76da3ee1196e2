/** Servers that share a port: the kernel spreads new connections over them. */
import { firstValueFrom, lastValueFrom, mergeMap, of, range, Subject, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type ServerEvent, type TcpError, tcpConnect, tcpServer } from '../../lib/index.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const canShare = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
const clients = 64;

async function listen(port: number) {
  const [stop$, events$] = [new Subject<void>(), new Subject<ServerEvent>()];
  const all = lastValueFrom(events$.pipe(toArray()));
  const first = firstValueFrom(events$);
  tcpServer({ port, reusePort: true, stop$ }, (chunks$) => chunks$).subscribe(events$);
  const listening = await Promise.race([first, all.then(() => undefined)]);
  if (listening?.type !== 'listening') throw new Error('It does not listen');
  return { stop$, all, port: listening.address.port as number };
}

describe('reusePort', () => {
  it('shares new connections with another server on the port, or errors with ERR_NOT_SUPPORTED', async () => {
    if (!canShare) {
      const error = await listen(0).catch((error: TcpError) => error);
      expect(error).toMatchObject({ code: 'ERR_NOT_SUPPORTED' });
      return;
    }
    const one = await listen(0);
    const two = await listen(one.port);
    const ask = () => of('hello').pipe(tcpConnect(one.port), toArray());
    const replies = await lastValueFrom(range(0, clients).pipe(mergeMap(ask), toArray()));
    for (const { stop$ } of [one, two]) stop$.next();
    const opened = await Promise.all(
      [one, two].map(async ({ all }) => (await all).filter(({ type }) => type === 'opened').length),
    );
    expect(replies.map((chunks) => Buffer.concat(chunks).toString())).toEqual(Array(clients).fill('hello'));
    expect(Math.min(...opened)).toBeGreaterThan(0); // that chance gives all to one of them: 2 in 2 ^ 64
    expect(opened.reduce((sum, count) => sum + count)).toBe(clients);
  });
});
