/** A runner that is killed leaves no server behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const compiled = resolve('bench/.cache/js');
/** Starts a server as a run does, says where, and has nothing else to do. */
const runner = `
  const { startServer } = await import('${compiled}/run/server-process.js');
  const { peers } = await import('${compiled}/peers.js');
  const net = peers.find(({ name }) => name === 'net');
  console.log((await startServer(net, { delayMs: 0, reply: 'raw', maxChunkBytes: 1024 })).port);
  setInterval(() => {}, 1000);
`;

const start = (): ChildProcess =>
  spawn(process.execPath, ['--input-type=module', '--eval', runner], { stdio: ['ignore', 'pipe', 'inherit'] });

it.skipIf(process.platform === 'win32').each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
  'a server ends when its runner gets %s',
  async (signal) => {
    const child = start();
    const [port] = await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    const socket = connect(Number(port), '127.0.0.1').resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {}); // a reset, as nobody is there to say good-bye
    await once(socket, 'connect');
    child.kill(signal);
    await closed;
    expect(socket.destroyed).toBe(true);
  },
);
