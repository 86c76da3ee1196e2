/** `rxjs-tcp` on Unix domain sockets, as the built command. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { command, netcat, run, serveElsewhere } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const raw = ['--delay', '0', '--reply', 'raw'];
const socketPath = () => `${temporaryFolder()}/s`;

describe('rxjs-tcp serve --unix', () => {
  it('answers connect --unix, tells the path in its first line and removes the file at its end', async () => {
    const path = socketPath();
    const server = await serveElsewhere(['--unix', path, ...raw]);
    const answer = await command(['connect', '--unix', path, 'hello', 'there']);
    expect(answer).toEqual({ status: 0, stdout: 'hello there', stderr: '' });
    expect((await command(['connect', '--unix', path], 'typed')).stdout).toBe('typed');
    const { stdout, stderr, status } = await server.end('SIGTERM');
    expect(stdout).toContain(`listening on ${path}, delay 0, reply raw\nopened unix at `);
    expect([stderr, status, existsSync(path)]).toEqual(['', 0, false]);
  });

  const needsNetcat = netcat === undefined ? ' (skipped: there is no nc or ncat)' : '';
  it.skipIf(netcat === undefined)(`answers netcat${needsNetcat}`, async () => {
    const path = socketPath();
    await serveElsewhere(['--unix', path, ...raw]);
    const [program, ...flags] = netcat ?? [''];
    expect((await run(program, [...flags, '-U', path], 'hello')).stdout).toBe('hello');
  });

  it.each([
    { HOST: '0.0.0.0', PORT: '7' },
    { HOST: '', PORT: '' },
  ])('listens where the environment has %j, and warns of neither', async (env) => {
    const server = await serveElsewhere(['--unix', socketPath()], env);
    expect((await server.end('SIGTERM')).stderr).toBe('');
  });

  it('replaces the file of a server that was killed', async () => {
    const path = socketPath();
    const killed = await serveElsewhere(['--unix', path]);
    await killed.end('SIGKILL');
    expect(existsSync(path)).toBe(true);
    await serveElsewhere(['--unix', path, ...raw]);
    expect((await command(['connect', '--unix', path, 'hello'])).stdout).toBe('hello');
  });

  it('leaves a server that listens there alone, and a file of another kind, and exits with status 1', async () => {
    const path = socketPath();
    await serveElsewhere(['--unix', path, ...raw]);
    const file = `${path}.txt`;
    writeFileSync(file, 'kept');
    for (const each of [path, file]) {
      const { status, stdout, stderr } = await command(['--unix', each]);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^rxjs-tcp: Could not listen on [^\n]+ in use[^\n]+\n$/);
    }
    expect((await command(['connect', '--unix', path, 'hello'])).stdout).toBe('hello');
    expect(readFileSync(file, 'utf8')).toBe('kept');
  });

  const isLinux = process.platform === 'linux';
  it.skipIf(!isLinux)(`@name is an abstract socket${isLinux ? '' : ' (skipped: not on Linux)'}`, async () => {
    const name = `@rxjs-tcp-${process.pid}`;
    const server = await serveElsewhere(['--unix', name, ...raw]);
    expect(server.printed()).toContain(`listening on ${name}, `);
    expect((await command(['connect', '--unix', name, 'hello'])).stdout).toBe('hello');
    expect(existsSync(name)).toBe(false);
  });
});

describe('rxjs-tcp connect --unix', () => {
  it('exits with status 1 and one line where nothing is', async () => {
    const path = socketPath();
    const { status, stdout, stderr } = await command(['connect', '--unix', path, 'hello']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^rxjs-tcp: Could not connect to [^\n]+\n$/);
  });
});
