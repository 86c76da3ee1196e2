/** A server looks whether file descriptors are left for as long as it listens, and no longer. */
import { filter, firstValueFrom, lastValueFrom, Subject, tap } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeNetwork, type ServerEvent, tcpServer } from '../../lib/index.js';

const shortage = Object.assign(new Error('no more'), { code: 'EMFILE' });

const files = vi.hoisted(() => ({ opened: 0, error: undefined as Error | undefined }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const openSync: typeof fs.openSync = (...args) => {
    files.opened += 1;
    if (files.error !== undefined) throw files.error;
    return fs.openSync(...args);
  };
  return { ...fs, openSync };
});

/** Time for what looks at intervals, which passes when it is told to. */
beforeEach(() => {
  files.opened = 0;
  files.error = undefined;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe.each([true, false])('a server with fastPath %s', (fastPath) => {
  const listening = async (stop$: Subject<void>) => {
    const events: ServerEvent[] = [];
    const events$ = new Subject<ServerEvent>();
    const server$ = tcpServer({ port: 0, transport: nodeNetwork({ fastPath }), stop$ }, (chunks$) => chunks$);
    const isListening = firstValueFrom(events$.pipe(filter(({ type }) => type === 'listening')));
    const server = server$.pipe(tap((event) => events.push(event))).subscribe(events$);
    await isListening;
    return { server, events, events$ };
  };

  it('warns once a second while no file descriptor is left', async () => {
    const { server, events } = await listening(new Subject());
    vi.advanceTimersByTime(2_500);
    expect([events.length, files.opened]).toEqual([1, 2]);
    files.error = shortage;
    vi.advanceTimersByTime(2_000);
    expect(events.slice(1)).toMatchObject([
      { type: 'warning', error: { code: 'ERR_TOO_MANY_FILES', cause: shortage } },
      { type: 'warning', error: { code: 'ERR_TOO_MANY_FILES', cause: shortage } },
    ]);
    files.error = Object.assign(new Error('another'), { code: 'EACCES' });
    vi.advanceTimersByTime(2_000);
    expect(events.length).toBe(3);
    server.unsubscribe();
  });

  it('looks no more once it is unsubscribed from', async () => {
    const { server } = await listening(new Subject());
    server.unsubscribe();
    vi.advanceTimersByTime(5_000);
    expect([files.opened, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it('looks no more once it has stopped', async () => {
    const stop$ = new Subject<void>();
    const { events$ } = await listening(stop$);
    const completed = lastValueFrom(events$, { defaultValue: undefined });
    stop$.next();
    while (events$.observed) {
      vi.advanceTimersByTime(1); // what RxJS schedules is on intervals as well
      await new Promise(setImmediate);
    }
    await completed;
    const { opened } = files;
    vi.advanceTimersByTime(5_000);
    expect([files.opened - opened, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
