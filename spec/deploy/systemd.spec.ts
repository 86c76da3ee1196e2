/** deploy/rxjs-tcp.service and deploy/rxjs-tcp.socket: systemd accepts them, and a restart refuses no client. */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lacking } from '../faults/support/needs.js';
import { serveFromPython } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { SteadyClients } from './support/steady-clients.js';

const analyzeLacks = lacking(['systemdAnalyze']).length > 0 ? ' (skipped: no systemd-analyze here)' : '';
const service = readFileSync('deploy/rxjs-tcp.service', 'utf8');
const [, program = '', flags = ''] = /^ExecStart=(\S+) serve (.*) \$RXJS_TCP_ARGS$/m.exec(service) ?? [];

describe.skipIf(analyzeLacks !== '')('systemd-analyze', () => {
  /** The units, with a program that is there: the package is not installed where these say. */
  function units(): string[] {
    const folder = temporaryFolder();
    const stand = join(folder, 'rxjs-tcp');
    writeFileSync(stand, '#!/bin/sh\n');
    chmodSync(stand, 0o755);
    return ['rxjs-tcp.service', 'rxjs-tcp.socket'].map((name) => {
      const unit = join(folder, name);
      writeFileSync(unit, readFileSync(`deploy/${name}`, 'utf8').replace(program, stand));
      return unit;
    });
  }

  it(`finds nothing wrong in the units${analyzeLacks}`, () => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...units()], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it(`rates what the service may do at 2 of 10 or less${analyzeLacks}`, () => {
    const [unit = ''] = units();
    const args = ['security', '--offline=true', '--threshold=20', '--no-pager', unit];
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect(stdout).toContain('Overall exposure level');
    expect(status).toBe(0);
  });
});

/** Keeps the socket as systemd does, and starts the service on it: SIGHUP restarts that, SIGTERM stops it. */
const manager = `
import ctypes, os, signal, socket, sys
listener = socket.create_server(('127.0.0.1', 0), backlog=4096)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
signals = [signal.SIGHUP, signal.SIGTERM]
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
received = signal.SIGHUP
while received == signal.SIGHUP:
    service = os.fork()
    if service == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL) # ends with this process
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')
        os.execv(sys.argv[1], sys.argv[1:])
    received = signal.sigwait(signals)
    os.kill(service, signal.SIGTERM)
    _, status = os.waitpid(service, 0)
    if status != 0: sys.exit(f'The service ended with {status}.')
`;

const restarts = 3;

describe('a restart on a socket that stays open', () => {
  const isPossible = lacking(['python3']).length === 0 && process.platform === 'linux';
  const lacks = isPossible ? '' : ' (skipped: needs python3 and Linux)';

  it.skipIf(!isPossible)(`refuses no client, and loses no reply${lacks}`, async () => {
    const replies = ['--delay', '20ms', '--delay-per', 'chunk', '--reply', 'raw'];
    const server = await serveFromPython(manager, [...flags.split(' '), ...replies]);
    const load = { clients: 40, messagesPerSecond: 400, messagesPerConnection: 20 };
    const clients = new SteadyClients({ ...load, host: '127.0.0.1', port: Number(server.port) });
    onTestFinished(() => clients.abort());
    clients.start();
    const starts = () => server.printed().match(/"listening"/g)?.length;
    for (let start = 1; start <= restarts; start += 1) {
      await expect.poll(starts, { timeout: 20_000 }).toBe(start);
      const answered = clients.answered + load.clients;
      await expect.poll(() => clients.answered, { timeout: 20_000 }).toBeGreaterThan(answered);
      process.kill(server.pid, 'SIGHUP');
    }
    await expect.poll(starts, { timeout: 20_000 }).toBe(restarts + 1);
    await clients.finish();
    const { sent, answered, lost, wrong, refused, resets } = clients;
    const none = { lost: 0, wrong: 0, refused: 0, resets: 0 };
    expect({ answered, lost, wrong, refused, resets }).toEqual({ answered: sent, ...none });
    expect(await server.end('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
  });
});
