/** Servers of processes that inherit their listening socket. */
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { lastValueFrom, of } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tcpConnect } from '../../lib/index.js';
import { pythonLacks } from '../support/cpython.js';
import { text } from '../support/serving.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** Serves what it inherits, and says where. A client's connection ends it. */
const program = `
  import { Subject } from 'rxjs';
  import { formatAddress, listenFds, tcpServer } from './dist/index.js';
  const [{ fd, name } = { fd: Number(process.argv[1]) }] = listenFds();
  const stop$ = new Subject();
  tcpServer({ fd, stop$ }, (chunks$) => chunks$).subscribe({
    next: ({ type, address, connection }) => {
      if (type === 'listening') console.log('listening', formatAddress(address), name ?? '');
      if (type === 'opened') console.log('opened', formatAddress(connection.local));
      if (type === 'closed') stop$.next();
    },
    error: ({ code, message }) => console.log(code, message),
  });`;
const node = [process.execPath, '--input-type=module', '--eval', program] as const;

/** Makes a socket, prints its port, and becomes the program, with that socket as descriptor 3. */
const inheriting = (make: string) => [
  'python3',
  '-c',
  `
import os, socket, sys
def listening(family, address):
    s = socket.socket(family)
    s.bind(address)
    s.listen(16)
    return s
${make}
print(s.getsockname()[1] if s.family == socket.AF_INET else 0, flush=True)
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='web')
os.execv(sys.argv[1], sys.argv[1:])
`,
  ...node,
];

/** Starts a program; returns how to wait for the first line of what it prints that matches. */
function start(command: readonly string[], options: SpawnOptions = {}) {
  const [name = '', ...args] = command;
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let printed = '';
  const closed = once(child, 'close');
  child.stdout?.on('data', (chunk) => {
    printed += chunk;
  });
  const line = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(printed)) {
      const news = once(child.stdout as NodeJS.ReadableStream, 'data').then(() => true);
      if (!(await Promise.race([news, closed.then(() => false)])) && !pattern.test(printed))
        throw new Error(`It ended and has printed: ${printed}`);
    }
    return (pattern.exec(printed) as RegExpExecArray)[1] ?? '';
  };
  return { line, closed };
}

const answer = (config: { port: number } | { path: string }) =>
  lastValueFrom(of('hello').pipe(tcpConnect(config), text()));

const noPython = pythonLacks('nothing more');

describe.skipIf(noPython !== undefined)(`an inherited socket${noPython ? ` (skipped: ${noPython})` : ''}`, () => {
  it('of TCP is served', async () => {
    const { line, closed } = start(inheriting("s = listening(socket.AF_INET, ('127.0.0.1', 0))"));
    const port = Number(await line(/^(\d+)\n/));
    expect(await line(/listening (.*)\n/)).toBe(`127.0.0.1:${port} web`);
    expect(await answer({ port })).toBe('hello');
    expect(await line(/opened (.*)\n/)).toBe(`127.0.0.1:${port}`);
    expect(await closed).toEqual([0, null]);
  });

  it('at a path is served', async () => {
    const path = join(temporaryFolder(), 's');
    const { line, closed } = start(inheriting(`s = listening(socket.AF_UNIX, '${path}')`));
    expect(await line(/listening (.*)\n/)).toBe('unix web'); // Node does not tell its path
    expect(await answer({ path })).toBe('hello');
    expect(await closed).toEqual([0, null]);
  });

  it.each([
    ['of datagrams', 's = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)'],
    [
      'of TCP that is connected',
      "l = listening(socket.AF_INET, ('127.0.0.1', 0)); l.set_inheritable(True); s = socket.create_connection(l.getsockname())",
    ],
    ['that is half of a pair', 's, other = socket.socketpair(); other.set_inheritable(True)'],
  ])('%s is refused with ERR_ADDRESS_NOT_AVAILABLE', async (_, make) => {
    const { line } = start(inheriting(make));
    expect(await line(/(ERR_.*)\n/)).toBe(
      'ERR_ADDRESS_NOT_AVAILABLE Could not listen on descriptor 3: it is no listening socket; check what hands it to this process',
    );
  });
});

const hasActivate = spawnSync('systemd-socket-activate', ['--version']).status === 0;

const activateLacks = hasActivate ? '' : ' (skipped: no systemd-socket-activate here)';

it.runIf(hasActivate)(`systemd-socket-activate hands over a socket with its name${activateLacks}`, async () => {
  const path = join(temporaryFolder(), 's');
  const activate = ['systemd-socket-activate', '--listen', path, '--fdname', 'web', ...node];
  const child = start(activate, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env } });
  while (!(await connects(path)));
  expect(await child.line(/listening (.*)\n/)).toBe('unix web');
});

async function connects(path: string): Promise<boolean> {
  const socket = net.connect(path);
  onTestFinished(() => void socket.destroy());
  return new Promise((resolve) => socket.on('connect', () => resolve(true)).on('error', () => resolve(false)));
}
