/** `rxjs-tcp connect`, as the built command. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { command, main, run, serve } from '../support/command.js';

const mebibyte = 1_048_576;

/** A server whose one peer is not read from until it is resumed. */
async function listenUnread() {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const peer = once(server, 'connection').then(([socket]) => socket as net.Socket);
  return { port: (server.address() as net.AddressInfo).port, peer };
}

describe('rxjs-tcp connect', () => {
  it('without words sends standard input', async () => {
    const { port } = await serve(['--delay', '0', '--reply', 'raw']);
    const sent = randomBytes(3_000_000);
    const { stdout, status } = await command(['connect', `127.0.0.1:${port}`], sent);
    expect(Buffer.from(stdout, 'latin1').equals(sent)).toBe(true);
    expect(status).toBe(0);
  });

  it('exits with status 1 when the server resets right behind its reply, behind the end of the input', async () => {
    const server = net.createServer({ allowHalfOpen: true }, (peer) => {
      peer.resume().once('end', () => {
        peer.write('cut off');
        peer.resetAndDestroy();
      });
    });
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as net.AddressInfo;
    const stderr = `rxjs-tcp: Lost the connection to 127.0.0.1:${port}: the peer reset the connection\n`;
    expect(await command(['connect', `${port}`], 'a request')).toEqual({ stdout: 'cut off', stderr, status: 1 });
  });

  it('exits with status 0 and no message when its output is no longer read', async () => {
    const { port } = await serve(['--delay', '0', '--reply', 'raw']);
    const pipeline = `yes | head -c 3000000 | ${process.execPath} dist/app/main.js connect ${port} | head -c 1`;
    expect(await run('sh', ['-c', pipeline])).toEqual({ stdout: 'y', stderr: '', status: 0 });
  });

  it('takes no more of its input than 64 MiB ahead of a peer that does not read, and all of it in the end', async () => {
    const { port, peer } = await listenUnread();
    const child = spawn(process.execPath, [...main, 'connect', `${port}`], { stdio: ['pipe', 'ignore', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const offered = 192;
    let taken = 0; // mebibytes
    const block = Buffer.alloc(mebibyte);
    const offer = (): void => {
      if (taken === offered) child.stdin.end();
      else
        child.stdin.write(block, () => {
          taken += 1;
          offer();
        });
    };
    offer();
    const socket = await peer;
    let before = 0;
    const stands = (): boolean => {
      const hasStood = taken > 0 && taken === before;
      before = taken;
      return hasStood;
    };
    await expect.poll(stands, { timeout: 30_000, interval: 500 }).toBe(true);
    // The kernel's buffers take most of it: up to 32 MiB for a receiver, 4 MiB for a sender.
    expect(taken).toBeLessThanOrEqual(64);
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    socket.resume();
    await once(socket, 'end');
    expect(received).toBe(offered * mebibyte);
    socket.end();
    expect(await once(child, 'close')).toEqual([0, null]);
  });
});
