/** A server looks whether file descriptors are left for as long as it listens, and no longer. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { constants, devNull } from 'node:os';
import { filter, firstValueFrom, lastValueFrom, Subject, tap } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeNetwork, type ServerEvent, tcpServer } from '../../lib/index.js';

const shortage = Object.assign(new Error('no more'), { code: 'EMFILE' });

const { openSync } = fs;
const files = { opened: 0, error: undefined as Error | undefined };

/** Files that can be told to run out, and time for what looks at intervals, which passes when it is told to. */
beforeEach(() => {
  files.opened = 0;
  files.error = undefined;
  fs.openSync = (path, ...options) => {
    if (path === devNull) files.opened += 1;
    if (path === devNull && files.error !== undefined) throw files.error;
    return openSync(path, ...options);
  };
  syncBuiltinESMExports();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(() => {
  fs.openSync = openSync;
  syncBuiltinESMExports();
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
    const message = expect.stringMatching(
      /^Connections that come now are lost: this process has no file descriptor left/,
    );
    const warning = { type: 'warning', error: { code: 'ERR_TOO_MANY_FILES', message, cause: shortage } };
    expect(events.slice(1)).toMatchObject([warning, warning]);
    files.error = Object.assign(new Error('another'), { code: 'EACCES' });
    vi.advanceTimersByTime(2_000);
    expect(events.length).toBe(3);
    server.unsubscribe();
  });

  it('warns where the kernel refuses to accept a connection', async () => {
    const servers: net.Server[] = [];
    const { listen } = net.Server.prototype;
    const spy = vi.spyOn(net.Server.prototype, 'listen').mockImplementation(function (this: net.Server, ...args) {
      servers.push(this);
      return Reflect.apply(listen, this, args);
    });
    const { server, events } = await listening(new Subject());
    spy.mockRestore();
    const { _handle: handle } = servers[0] as unknown as { _handle: { onconnection(status: number): void } };
    handle.onconnection(-constants.errno.EMFILE);
    const message = expect.stringMatching(/^Could not accept a connection: this process has no file descriptor left/);
    expect(events.slice(1)).toMatchObject([{ type: 'warning', error: { code: 'ERR_TOO_MANY_FILES', message } }]);
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
