/** A client that gives up while it connects: the kernel may have connected it, and its server must not see an end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { forkJoin, map, switchMap } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { realNetworks } from '../support/networks.js';
import { RawPeer } from '../support/raw-peer.js';
import { serving } from '../support/serving.js';
import { turns } from '../support/until.js';

describe.each(realNetworks)('over the $name', ({ play }) => {
  it('a socket that is reset while it connects reports only that it is closed, and its server sees no end', async () => {
    const seen = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$,
        {},
        ({ peer, events }) => {
          const clients = Array.from({ length: 24 }, peer);
          const news: string[] = [];
          for (const { news$, socket } of clients) {
            news$.subscribe((each) => news.push(each));
            process.nextTick(() => socket.reset()); // behind the tick in which Node asks the kernel to connect it
          }
          return forkJoin(clients.map((client) => client.when('closed'))).pipe(
            switchMap(() => turns(50)),
            map(() => ({ news, ends: events.filter((event) => event.type === 'closed' && event.reason !== 'reset') })),
          );
        },
      ),
    );
    expect(seen).toEqual([{ news: Array(24).fill('closed'), ends: [] }]);
  });

  it.runIf(process.platform === 'linux')(
    'a socket that is reset while it waits for a full accept queue is closed',
    async () => {
      const port = await busyServer();
      const seen = await play((transport) => {
        const clients = Array.from({ length: 8 }, () => new RawPeer(transport, port));
        const reset = (): RawPeer[] => {
          const waiting = clients.filter(({ socket }) => socket.local === undefined);
          for (const { socket } of clients) socket.reset();
          return waiting;
        };
        return turns(20).pipe(
          map(reset),
          switchMap((waiting) => forkJoin(waiting.map((client) => client.when('closed')))),
          map((closed) => closed.map(({ failure }) => failure)),
        );
      });
      expect(seen[0]?.length).toBeGreaterThan(0);
      expect(new Set(seen[0])).toEqual(new Set([undefined]));
    },
  );
});

/** A server in a process of its own, which accepts nothing: the kernel leaves those unanswered that its queue has no room for. */
async function busyServer(): Promise<number> {
  const program = `net.createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    fs.writeSync(1, String(this.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = await once(child.stdout, 'data');
  return Number(port);
}
