/** One timer looks after the sockets that are not read, for as long as there are some, and no longer. */
import { firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TransportSocket } from '../../lib/index.js';
import { connectedPair } from '../support/connected-pair.js';
import type { RawPeer } from '../support/raw-peer.js';

interface Sockets {
  readonly one: RawPeer;
  readonly other: RawPeer;
  readonly spare: TransportSocket;
}

/** Of a library of their own, which looks after no other socket. */
async function sockets(fastPath: boolean): Promise<Sockets> {
  vi.resetModules();
  const { nodeNetwork } = await import('../../lib/index.js');
  const pairs = [0, 1].map(() => firstValueFrom(connectedPair(nodeNetwork({ fastPath }))));
  const [first, second] = await Promise.all(pairs);
  const all = [first, second].flatMap((pair) => (pair ? [pair.client, pair.server] : []));
  onTestFinished(() => {
    for (const { socket } of all) socket.destroy();
    vi.resetModules(); // its timer may be one of this spec's time
  });
  const [one, other, spare] = all as [RawPeer, RawPeer, RawPeer];
  return { one, other, spare: spare.socket };
}

/** How many timers keep this process alive. */
const timers = (): number => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

/** Whether a timer keeps the process alive before `spare` needs one. Only this turn's difference is the library's own. */
function isWatching(spare: TransportSocket): boolean {
  const before = timers();
  spare.pause();
  const added = timers() - before;
  spare.resume();
  return added === 0;
}

describe.each([true, false])('with fastPath %s, the process stays alive', (fastPath) => {
  it('while one of two sockets is paused', async () => {
    const { one, other, spare } = await sockets(fastPath);
    expect(isWatching(spare)).toBe(false);
    one.socket.pause();
    other.socket.pause();
    expect(isWatching(spare)).toBe(true);
    one.socket.resume();
    expect(isWatching(spare)).toBe(true);
    other.socket.resume();
    expect(isWatching(spare)).toBe(false);
  });

  it('until a socket that is paused is closed', async () => {
    const { one, spare } = await sockets(fastPath);
    one.socket.pause();
    one.socket.destroy();
    expect(isWatching(spare)).toBe(true);
    await firstValueFrom(one.when('closed'));
    expect(isWatching(spare)).toBe(false);
  });

  it('from the end of a peer until its socket is closed, though it is resumed', async () => {
    const { one, other, spare } = await sockets(fastPath);
    other.socket.end();
    await firstValueFrom(one.when('ended'));
    one.socket.pause();
    one.socket.resume();
    expect(isWatching(spare)).toBe(true);
    one.socket.end();
    await firstValueFrom(one.when('closed'));
    await firstValueFrom(other.when('closed'));
    expect(isWatching(spare)).toBe(false);
  });

  it('with one timer, which ends half a second behind the last socket', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { one, other } = await sockets(fastPath);
    one.socket.pause();
    other.socket.pause();
    vi.advanceTimersByTime(5_000);
    expect(vi.getTimerCount()).toBe(1);
    one.socket.resume();
    other.socket.resume();
    vi.advanceTimersByTime(500);
    expect(vi.getTimerCount()).toBe(0);
    one.socket.pause();
    expect(vi.getTimerCount()).toBe(1);
  });
});
