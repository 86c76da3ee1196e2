/** A runner that is killed leaves no server behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const compiled = resolve('bench/.cache/js');
/** Starts a server as a run does, prints its port, and stays alive. */
const runner = `
  const { startServer } = await import('${compiled}/run/server-process.js');
  const { peers } = await import('${compiled}/peers.js');
  const net = peers.find(({ name }) => name === 'net');
  console.log((await startServer(net, { job: 'echo', delayMs: 0, maxChunkBytes: 1024 })).port);
  setInterval(() => {}, 1000);
`;

const start = (): ChildProcess =>
  spawn(process.execPath, ['--input-type=module', '--eval', runner], { stdio: ['ignore', 'pipe', 'inherit'] });

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

describe.skipIf(process.platform !== 'linux')('a server process', () => {
  it.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('ends when its runner gets %s', async (signal) => {
    const child = start();
    const [output] = await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    const port = Number(output);
    expect(await accepts(port)).toBe(true);
    child.kill(signal);
    while (await accepts(port)); // for ever, if the server outlives its runner
  });
});
