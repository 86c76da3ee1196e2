/** Servers and clients at a path: what a Unix socket does as TCP does is in the specs of connections; here is what its path adds. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import {
  concat,
  first,
  firstValueFrom,
  lastValueFrom,
  NEVER,
  of,
  ReplaySubject,
  Subject,
  type Subscription,
} from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type Connection,
  echo,
  formatAddress,
  type Handler,
  nodeNetwork,
  type ServerEvent,
  TcpError,
  tcpConnect,
  tcpServer,
  type UnixServerConfig,
} from '../../lib/index.js';
import { errorOf } from '../support/error-of.js';
import { type Closed, text } from '../support/serving.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const identity: Handler = (chunks$) => chunks$;
const never: Handler = () => NEVER;
const isRoot = process.getuid?.() === 0;

/** Only a process of its own may set the umask; and mutation testing, whose threads share theirs, does not build what others start. */
const isAlone = isMainThread;

interface Running {
  readonly path: string;
  readonly events$: ReplaySubject<ServerEvent>;
  readonly closed: Promise<Closed>;
  readonly server: Subscription;
}

async function serve(path: string, handler = identity, config: Partial<UnixServerConfig> = {}): Promise<Running> {
  const events$ = new ReplaySubject<ServerEvent>();
  const server = tcpServer({ path, ...config }, handler).subscribe(events$);
  onTestFinished(() => server.unsubscribe());
  const closed = firstValueFrom(events$.pipe(first((event): event is Closed => event.type === 'closed')));
  closed.catch(() => {}); // some specs have no client
  await firstValueFrom(events$.pipe(first(({ type }) => type === 'listening')));
  return { path, events$, closed, server };
}

const answer = (path: string, word: string) => lastValueFrom(of(word).pipe(tcpConnect({ path }), text()));

const refusal = (path: string, config: Partial<UnixServerConfig> = {}) =>
  firstValueFrom(errorOf(tcpServer({ path, ...config }, identity)));

/** How many Unix sockets this process has open. */
const openPipes = () => process.getActiveResourcesInfo().filter((resource) => resource.startsWith('Pipe')).length;

/** A path for a socket in a folder of its own. */
const freshPath = () => join(temporaryFolder(), 's');

/** The first that a server says in a process of its own, without the rights of root. */
async function saidByNobody(path: string, config: Partial<UnixServerConfig> = {}): Promise<string> {
  const program = `
    import { tcpServer } from './dist/index.js';
    if (${isRoot}) process.setuid(65534);
    tcpServer({ path: process.argv[1], ...${JSON.stringify(config)} }, (chunks$) => chunks$).subscribe({
      next: ({ type }) => console.log(type),
      error: ({ code, message }) => console.log(code + ' ' + message),
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [printed] = await once(child.stdout, 'data');
  return String(printed).trim();
}

/** An echo server of Node's own in a process of its own. */
async function bareServer(path: string, backlog = 511): Promise<ChildProcess> {
  const place = JSON.stringify({ path, backlog });
  const program = `net.createServer((socket) => socket.pipe(socket)).listen(${place}, () => console.log())`;
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child.stdout, 'data');
  return child;
}

/** The file of a server that was killed. */
async function staleFile(): Promise<string> {
  const path = freshPath();
  const child = await bareServer(path);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(lstatSync(path).isSocket()).toBe(true);
  return path;
}

let abstractNames = 0;
const places: Record<string, () => string> = {
  'a file': freshPath,
  ...(process.platform === 'linux' && {
    'an abstract name': () => `\0rxjs-tcp spec ${process.pid} ${++abstractNames}`,
  }),
};

describe.skipIf(process.platform === 'win32')('a Unix socket', () => {
  describe.each(Object.keys(places))('at %s', (place) => {
    const path = () => (places[place] as () => string)();

    it('answers a client that has ended its side, then ends', async () => {
      const { path: at, closed } = await serve(path(), echo({ delayMs: 50, reply: 'raw' }));
      expect(await answer(at, 'hello')).toBe('hello');
      expect(await closed).toMatchObject({ reason: 'ended', bytesRead: 5, bytesWritten: 5 });
    });

    it.each([true, false])('with fastPath %s, 5 MB come back unchanged', async (fastPath) => {
      const transport = nodeNetwork({ fastPath });
      const { path: at } = await serve(path(), identity, { transport });
      const sent = randomBytes(5_000_000);
      const got = await lastValueFrom(of(sent).pipe(tcpConnect({ path: at, transport }), text()));
      expect(Buffer.from(got, 'latin1').equals(sent)).toBe(true);
    });

    it('asks an iterable for no more than a client that does not read leaves room for', async () => {
      let made = 0;
      function* blocks() {
        for (; made < 10_000; made += 1) yield Buffer.alloc(65_536);
      }
      const { path: at } = await serve(path(), (chunks$, { id }) => (id === 1 ? blocks() : chunks$));
      const client = net.connect(at);
      onTestFinished(() => void client.destroy());
      await once(client, 'connect');
      expect((await answer(at, 'x'.repeat(1_000_000))).length).toBe(1_000_000);
      expect(made).toBeGreaterThan(0);
      expect(made).toBeLessThan(100);
    });

    it('answers 200 clients at once, each with its own', async () => {
      const { path: at } = await serve(path());
      const words = Array.from({ length: 200 }, (_, index) => `word ${index}`);
      expect(await Promise.all(words.map((word) => answer(at, word)))).toEqual(words);
    });

    it('has its path for an address, and no port; its client has no name', async () => {
      const at = path();
      const written = at.replace('\0', '@');
      const accepted: Connection[] = [];
      const connected: Connection[] = [];
      const { events$ } = await serve(at, (chunks$, connection) => {
        accepted.push(connection);
        return chunks$;
      });
      await lastValueFrom(
        of('x').pipe(tcpConnect({ path: at, connected: { next: (connection) => connected.push(connection) } })),
      );
      expect(await firstValueFrom(events$)).toMatchObject({ type: 'listening', address: { path: at } });
      const addresses = [...accepted, ...connected].map(({ local, remote }) => [local, remote].map(formatAddress));
      expect(addresses).toEqual([
        [written, 'unix'],
        ['unix', written],
      ]);
    });

    it('is refused to a second server with ERR_ADDRESS_IN_USE, and the first one lives on', async () => {
      const { path: at } = await serve(path());
      const before = openPipes();
      const error = await refusal(at);
      await expect.poll(openPipes).toBeLessThanOrEqual(before);
      expect(error.code).toBe('ERR_ADDRESS_IN_USE');
      expect(error.message).toBe(
        `Could not listen on ${at.replace('\0', '@')}: the path is in use; stop what holds it or choose another path`,
      );
      expect(await answer(at, 'hello')).toBe('hello');
    });

    it('can be listened at again once its server has stopped', async () => {
      const { path: at, server } = await serve(path());
      server.unsubscribe();
      await serve(at);
      expect(await answer(at, 'hello')).toBe('hello');
    });

    it('is ERR_CONNECTION_REFUSED to clients where there is no server', async () => {
      const at = path();
      const error = await firstValueFrom(errorOf(of('x').pipe(tcpConnect({ path: at }))));
      expect(error.code).toBe('ERR_CONNECTION_REFUSED');
      expect(error.message).toMatch(/^Could not connect to [^\n]*: (nothing is at that path|no server listens there);/);
      expect(error.message).toContain(at.replace('\0', '@'));
    });

    it('is ERR_CONNECTION_REFUSED to clients that find its accept queue full, and serves the others', async () => {
      const { path: at } = await serve(path(), identity, { backlog: 1 });
      // The kernel connects them in this turn of the loop, in which none is accepted.
      const clients = Array.from({ length: 20 }, () => answer(at, 'x').catch((error: TcpError) => error));
      const ends = await Promise.all(clients);
      const errors = ends.filter((end) => end instanceof TcpError);
      expect(ends).toContain('x');
      expect(errors.length).toBeGreaterThan(0);
      expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['ERR_CONNECTION_REFUSED']));
      expect(errors[0]?.message).toMatch(/the server's accept queue is full; try again$/);
      expect(await answer(at, 'later')).toBe('later');
    });

    it('closes with ended where a peer closes after its answer', async () => {
      const { path: at, closed } = await serve(path());
      const peer = net.connect(at);
      peer.write('hello');
      await once(peer, 'data');
      peer.destroy();
      const { reason, error } = await closed;
      expect([reason, error]).toEqual(['ended', undefined]);
    });

    it('closes with reset where a peer closes while its answer is due', async () => {
      const { path: at, closed, events$ } = await serve(path(), never);
      const peer = net.connect(at).on('error', () => {});
      peer.write('hello');
      await firstValueFrom(events$.pipe(first(({ type }) => type === 'opened')));
      peer.destroy();
      const { reason, error } = await closed;
      expect([reason, error?.code]).toEqual(['reset', 'ERR_CONNECTION_RESET']);
    });

    it('closes with reset where a peer closes and leaves an answer unread', async () => {
      const { path: at, closed } = await serve(path(), () => concat(of('answer'), NEVER));
      const peer = net.connect({ path: at });
      peer.once('readable', () => peer.destroy());
      const { reason, error } = await closed;
      expect([reason, error?.code]).toEqual(['reset', 'ERR_CONNECTION_RESET']);
    });

    it('completes a client whose server closes after its answer', async () => {
      const at = path();
      const server = net.createServer((socket) =>
        socket.once('data', () => socket.write('answer', () => socket.destroy())),
      );
      server.listen(at);
      onTestFinished(() => void server.close());
      await once(server, 'listening');
      expect(await lastValueFrom(concat(of('x'), NEVER).pipe(tcpConnect({ path: at }), text()))).toBe('answer');
    });
  });

  describe('the file', () => {
    it.runIf(process.platform === 'linux')('has a path of up to 107 bytes', async () => {
      const folder = temporaryFolder();
      const { path } = await serve(join(folder, 'x'.repeat(107 - folder.length - 1)));
      expect(await answer(path, 'hello')).toBe('hello');
    });

    it('is removed where its server stops', async () => {
      const stop$ = new Subject<void>();
      const { path, events$ } = await serve(freshPath(), identity, { stop$ });
      expect(existsSync(path)).toBe(true);
      stop$.next();
      await lastValueFrom(events$);
      expect(existsSync(path)).toBe(false);
    });

    it('is removed where its server is unsubscribed from', async () => {
      const { path, server } = await serve(freshPath());
      server.unsubscribe();
      expect(existsSync(path)).toBe(false);
    });

    it.runIf(isAlone).each([0o600, 0o660, 0o666, 0o777])(
      'has the mode %o, and that from its first moment',
      async (pathMode) => {
        const path = freshPath();
        const seen: number[] = [];
        const { listen } = net.Server.prototype;
        const spy = vi.spyOn(net.Server.prototype, 'listen').mockImplementation(function (this: net.Server, ...args) {
          Reflect.apply(listen, this, args);
          seen.push(statSync(path).mode & 0o777);
          return this;
        });
        onTestFinished(() => spy.mockRestore());
        const umask = process.umask();
        await serve(path, identity, { pathMode });
        expect(seen).toEqual([pathMode]);
        expect(statSync(path).mode & 0o777).toBe(pathMode);
        expect(process.umask()).toBe(umask);
      },
    );

    it.runIf(isAlone)('has its mode in a worker thread too, where the umask cannot be set', async () => {
      const path = freshPath();
      const program = `
        const { parentPort } = require('node:worker_threads');
        import('${new URL('../../dist/index.js', import.meta.url)}').then(({ tcpServer }) =>
          tcpServer({ path: ${JSON.stringify(path)}, pathMode: 0o640 }, (chunks$) => chunks$).subscribe({
            next: ({ type }) => parentPort.postMessage(type),
            error: ({ message }) => parentPort.postMessage(message),
          }));`;
      const { Worker } = await import('node:worker_threads');
      const worker = new Worker(program, { eval: true });
      onTestFinished(() => void worker.terminate());
      expect(await once(worker, 'message')).toEqual(['listening']);
      expect(statSync(path).mode & 0o777).toBe(0o640);
    });

    it.runIf(isRoot)(`has the owner that pathOwner names${isRoot ? '' : ' (skipped: not root)'}`, async () => {
      const { path } = await serve(freshPath(), identity, { pathOwner: { uid: 1234, gid: 5678 } });
      const { uid, gid } = statSync(path);
      expect({ uid, gid }).toEqual({ uid: 1234, gid: 5678 });
    });

    it('that a killed server left is replaced', async () => {
      const path = await staleFile();
      await serve(path);
      expect(await answer(path, 'hello')).toBe('hello');
    });

    it('of a server in another process is not replaced', async () => {
      const path = freshPath();
      await bareServer(path);
      expect(await refusal(path)).toMatchObject({ code: 'ERR_ADDRESS_IN_USE' });
      expect(await answer(path, 'hello')).toBe('hello');
    });

    it('of a server that hangs, with a full accept queue, is not replaced', async () => {
      const path = freshPath();
      const child = await bareServer(path, 1);
      child.kill('SIGSTOP');
      const clients = Array.from({ length: 4 }, () => answer(path, 'x').catch((error: TcpError) => error.code));
      expect(await refusal(path)).toMatchObject({ code: 'ERR_ADDRESS_IN_USE' });
      child.kill('SIGCONT');
      expect(await Promise.all(clients)).toContain('ERR_CONNECTION_REFUSED');
      expect(await answer(path, 'hello')).toBe('hello');
    });

    it('that goes away while a server looks at it is no obstacle', async () => {
      const path = await staleFile();
      const { connect } = net;
      const spy = vi.spyOn(net, 'connect').mockImplementationOnce((...args: unknown[]) => {
        unlinkSync(path);
        return Reflect.apply(connect, net, args);
      });
      onTestFinished(() => spy.mockRestore());
      await serve(path);
      expect(spy).toHaveBeenCalledOnce();
      expect(await answer(path, 'hello')).toBe('hello');
    });

    it('that a killed server left goes to one of two servers that start at once; the other is refused', async () => {
      const path = await staleFile();
      const starts = [0, 1].map(() =>
        serve(path).then(
          () => 'listening',
          ({ code }: TcpError) => code,
        ),
      );
      expect((await Promise.all(starts)).sort()).toEqual(['ERR_ADDRESS_IN_USE', 'listening']);
      expect(await answer(path, 'hello')).toBe('hello');
    });

    it.each<[string, (path: string) => void]>([
      ['of data', (path) => writeFileSync(path, 'data')],
      ['that is a folder', (path) => mkdirSync(path)],
      ['that is a link to nothing', (path) => symlinkSync('nowhere', path)],
      ['that is a link to a socket', (path) => symlinkSync('socket', path)],
    ])('%s is left as it is', async (_, make) => {
      const path = freshPath();
      make(path);
      const before = lstatSync(path);
      const error = await refusal(path);
      expect(error.code).toBe('ERR_ADDRESS_IN_USE');
      expect(error.message).toBe(
        `Could not listen on ${path}: the path is in use; stop what holds it or choose another path` +
          ' (a file that is not a socket is there, and is left as it is)',
      );
      expect(lstatSync(path)).toEqual(before);
      if (before.isFile()) expect(readFileSync(path, 'utf8')).toBe('data');
    });

    it.runIf(isAlone)(
      'that a killed server left, in a folder where nothing may be removed, is an error and no crash',
      async () => {
        const path = await staleFile();
        chmodSync(path, 0o666);
        chmodSync(join(path, '..'), 0o555);
        const printed = await saidByNobody(path);
        expect(printed).toBe(
          `ERR_PERMISSION_DENIED Could not listen on ${path}: permission denied; check owner and mode of the file and its folder`,
        );
        chmodSync(join(path, '..'), 0o755);
      },
    );
  });

  describe('that cannot be made is', () => {
    it('ERR_ADDRESS_NOT_AVAILABLE where its folder is missing', async () => {
      const path = join(temporaryFolder(), 'missing', 's');
      expect(await refusal(path)).toMatchObject({
        code: 'ERR_ADDRESS_NOT_AVAILABLE',
        message: `Could not listen on ${path}: a folder of that path does not exist; make it`,
      });
    });

    it.runIf(isAlone)('ERR_PERMISSION_DENIED where its folder may not be written', async () => {
      const folder = temporaryFolder();
      chmodSync(folder, 0o555);
      const printed = await saidByNobody(join(folder, 's'));
      expect(printed).toMatch(
        /^ERR_PERMISSION_DENIED Could not listen on \S+: permission denied; check owner and mode/,
      );
    });

    it.runIf(isAlone)('ERR_PERMISSION_DENIED where its owner may not be set, and leaves no file', async () => {
      const path = freshPath();
      chmodSync(join(path, '..'), 0o777);
      const printed = await saidByNobody(path, { pathOwner: { uid: 0, gid: 0 } });
      expect(printed).toBe(
        `ERR_PERMISSION_DENIED Could not listen on ${path}: not permitted; check owner and mode of the file, and the user of this process`,
      );
      expect(existsSync(path)).toBe(false);
    });

    const long = `/tmp/${'x'.repeat(103)}`;
    it.each([
      ['too long', long, 'the path is too long; choose one of at most 107 bytes (macOS: 103)'],
      [
        'too long in bytes',
        `/tmp/${'ü'.repeat(52)}`,
        'the path is too long; choose one of at most 107 bytes (macOS: 103)',
      ],
      [
        'too long, and abstract',
        long.replace('/', '\0'),
        'the path is too long; choose one of at most 107 bytes (macOS: 103)',
      ],
      ['broken by a NUL', '/tmp/a\0b', 'the system rejects that path; choose another one'],
      ['a NUL alone', '\0', 'the system rejects that path; choose another one'],
    ])('ERR_ADDRESS_NOT_AVAILABLE where its path is %s, to server and client', async (_, path, advice) => {
      const error = await refusal(path);
      expect((error.cause as Error).message).toMatch(/^(more than \d+ bytes|a NUL in a path)$/);
      expect([error.code, error.message.slice(-advice.length)]).toEqual(['ERR_ADDRESS_NOT_AVAILABLE', advice]);
      const failed = await firstValueFrom(errorOf(of('x').pipe(tcpConnect({ path }))));
      expect([failed.code, failed.message.slice(-advice.length)]).toEqual(['ERR_ADDRESS_NOT_AVAILABLE', advice]);
    });
  });

  describe('that cannot be connected to is', () => {
    it('ERR_CONNECTION_REFUSED where a killed server left its file', async () => {
      const error = await firstValueFrom(errorOf(of('x').pipe(tcpConnect({ path: await staleFile() }))));
      expect(error.code).toBe('ERR_CONNECTION_REFUSED');
      expect(error.message).toMatch(/no server listens there; start it, or check the path$/);
    });

    it('ERR_CONNECTION_REFUSED where a folder of the path is missing, or is a file', async () => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'file'), '');
      for (const path of [join(folder, 'missing', 's'), join(folder, 'file', 's')]) {
        const error = await firstValueFrom(errorOf(of('x').pipe(tcpConnect({ path }))));
        expect(error.message).toBe(
          `Could not connect to ${path}: nothing is at that path; start the server, or check the path`,
        );
      }
    });
  });

  it('at which a server is unsubscribed from while it looks at a stale file is not listened at', async () => {
    const path = await staleFile();
    const seen: string[] = [];
    const server = tcpServer({ path }, identity).subscribe(({ type }) => seen.push(type));
    await new Promise(process.nextTick); // it listens in a microtask, which fails in the next tick
    await new Promise(process.nextTick);
    server.unsubscribe();
    expect((await firstValueFrom(errorOf(of('x').pipe(tcpConnect({ path }))))).code).toBe('ERR_CONNECTION_REFUSED');
    expect(seen).toEqual([]);
  });
});
