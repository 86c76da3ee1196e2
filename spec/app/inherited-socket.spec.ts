/** `rxjs-tcp serve --fd`: a listening socket that another program made. */
import { describe, expect, it } from 'vitest';
import { lacking } from '../faults/support/needs.js';
import { command, serveFromPython } from '../support/command.js';

const lacks = lacking(['python3']).length > 0;
const named = (name: string) => (lacks ? `${name} (skipped: there is no python3)` : name);

/** Hands over a socket as descriptor 3 and says so as systemd does (sd_listen_fds(3)). */
const socketUnit = `
import os, socket, sys
listener = socket.create_server(('127.0.0.1', 0))
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')
os.execv(sys.argv[1], sys.argv[1:])
`;

describe('rxjs-tcp serve --fd', () => {
  for (const fd of ['3', 'systemd']) {
    it.skipIf(lacks)(named(`${fd} serves on the socket that it inherited`), async () => {
      const server = await serveFromPython(socketUnit, ['--fd', fd, '--delay', '0', '--reply', 'raw']);
      expect(server.printed()).toBe(`listening on 127.0.0.1:${server.port}, fd ${fd}, delay 0, reply raw\n`);
      expect((await command(['connect', server.port, 'hello'])).stdout).toBe('hello');
    });
  }

  it.each([{}, { LISTEN_PID: '1', LISTEN_FDS: '1' }])(
    'systemd exits with status 1 where systemd has handed no socket to this process: %j',
    async (env) => {
      const { status, stdout, stderr } = await command(['--fd', 'systemd'], '', env);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^rxjs-tcp: systemd has handed no socket to this process; start it by [^\n]+\n$/);
    },
  );

  it('exits with status 1 where the descriptor is not one of a socket', async () => {
    const { status, stdout, stderr } = await command(['--fd', '0']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^rxjs-tcp: Could not listen on descriptor 0: [^\n]+\n$/);
  });
});
