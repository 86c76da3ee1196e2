/** A socket that the kernel connects to itself is refused, in a network whose only port leaves the kernel no choice. */
import { describe, expect, it } from 'vitest';
import { lacking } from '../faults/support/needs.js';
import { main, run } from '../support/command.js';

/** A port of the range that the kernel gives to connecting sockets, and the whole of that range. */
const port = 40_000;

/** Runs a command in a network of its own, where a socket that connects to that port has that port. */
const inNarrowNetwork = (command: readonly string[]) => {
  const narrow = `ip link set lo up && echo ${port} ${port} > /proc/sys/net/ipv4/ip_local_port_range`;
  return run('unshare', ['-Urn', 'sh', '-c', `${narrow} && exec "$0" "$@"`, ...command]);
};

const bare = `
const socket = net.connect(${port}, '127.0.0.1', () => {
  console.log(socket.localPort === socket.remotePort);
  socket.destroy();
});`;

const cannot = lacking(['namespaces']).length > 0;
const note = cannot ? ' (skipped: no namespaces here)' : '';

describe.skipIf(cannot)(`a port of the ephemeral range on which no server listens${note}`, () => {
  it('is connected to itself by a bare socket', async () => {
    expect(await inNarrowNetwork([process.execPath, '--eval', bare])).toEqual({
      stdout: 'true\n',
      stderr: '',
      status: 0,
    });
  });

  it('refuses a client', async () => {
    const refused = await inNarrowNetwork([process.execPath, ...main, 'connect', `${port}`, 'word']);
    expect(refused).toEqual({
      stdout: '',
      stderr: expect.stringMatching(`^rxjs-tcp: Could not connect to 127\\.0\\.0\\.1:${port}: no server listens there`),
      status: 1,
    });
  });
});
