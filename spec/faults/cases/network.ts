/** E: faults of the network, in network namespaces. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'vitest';
import { elapse, eventually } from '../support/eventually.js';
import { fault } from '../support/fault.js';
import type { Networks } from '../support/networks.js';
import { scripts } from '../support/scripts.js';
import type { Server } from '../support/server.js';

/** A client in the other namespace; the spec talks through its standard input and output. */
class FarClient {
  received = Buffer.alloc(0);
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(server: Server, networks: Networks, localAddress = '') {
    const args = [process.execPath, scripts.pipePeer, String(server.port), server.host, localAddress];
    const [program = '', ...rest] = [...networks.inClient, ...args];
    this.#child = server.helper(program, rest);
    this.#closed = once(this.#child, 'close');
    this.#child.stdout?.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
  }

  send(bytes: Uint8Array | string): this {
    this.#child.stdin?.write(bytes);
    return this;
  }

  async echo(bytes: Buffer): Promise<void> {
    this.#child.stdin?.end(bytes);
    await this.#closed;
    expect(this.received.equals(bytes), `${this.received.length} of ${bytes.length} bytes, unaltered`).toBe(true);
  }

  async answered(count: number, withinMs?: number): Promise<void> {
    await eventually(
      () => `${this.received.length} of ${count} bytes`,
      () => this.received.length >= count,
      withinMs,
    );
  }
}

const network = true;

export const networkFaults = [
  fault(
    'F10',
    'a path that loses packets: 1.5 MB, the same bytes',
    { flags: ['--delay', '20'], network, needs: ['tbf'], tier: 'long' },
    async (server, networks) => {
      const narrow = 'root tbf rate 4mbit burst 3000 limit 6000';
      networks.server(`tc qdisc add dev server ${narrow}`);
      networks.client(`tc qdisc add dev client ${narrow}`);
      await new FarClient(server, networks).echo(randomBytes(1_500_000));
    },
  ),
  fault(
    'F42',
    'an idle peer that has vanished is noticed within 13 s with keep-alive after 1 s',
    { library: [{ keepAliveMs: 1_000 }, 'identity'], network, tier: 'long' },
    async (server, networks) => {
      await new FarClient(server, networks).send('x').answered(1);
      networks.client('ip link set client down');
      await server.logged(1, 'closed', 'reset', 13_000);
    },
  ),
  fault(
    'F43',
    'a peer that vanishes before its reply is due is closed at the write limit',
    { flags: ['--delay', '2s', '--delay-per', 'chunk', '--write-timeout', '3s'], network, tier: 'long' },
    async (server, networks) => {
      new FarClient(server, networks).send('x');
      await server.logged(1, 'opened');
      await elapse(500);
      networks.client('ip link set client down');
      const startedAt = performance.now();
      await server.logged(1, 'closed', 'stalled', 5_500);
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(3_500);
    },
  ),
  fault(
    'F44',
    'a network that is down for 5 s loses nothing',
    { flags: ['--delay', '2s', '--delay-per', 'chunk'], network, tier: 'long' },
    async (server, networks) => {
      const client = new FarClient(server, networks).send('x');
      await server.logged(1, 'opened');
      networks.client('ip link set client down');
      await elapse(5_000);
      networks.client('ip link set client up');
      await client.answered(1, 20_000);
      await client.echo(Buffer.from('xyz').subarray(0, 1)).catch(() => {});
      expect(String(client.received)).toBe('xx');
    },
  ),
  fault(
    'F45',
    'a peer behind a black hole does not delay the others',
    { flags: ['--delay', '20', '--delay-per', 'chunk'], network, bystanderMs: 10, tier: 'long' },
    async (server, networks) => {
      networks.client('ip address add 10.99.0.3/24 dev client');
      const others = Array.from({ length: 8 }, () => new FarClient(server, networks).send('x'));
      const swallowed = new FarClient(server, networks, '10.99.0.3').send('x');
      for (const each of [...others, swallowed]) await each.answered(1);
      networks.server('ip route add blackhole 10.99.0.3/32');
      swallowed.send(Buffer.alloc(200_000));
      await Promise.all(others.map((each) => each.send(Buffer.alloc(100_000)).answered(100_001)));
      await elapse(3_000);
      networks.server('ip route del blackhole 10.99.0.3/32');
      await swallowed.answered(200_001, 20_000);
    },
  ),
  fault(
    'F46',
    'latency, loss, reordering and duplicates: the same bytes',
    { flags: ['--delay', '20'], network, needs: ['netem'], tier: 'long' },
    async (server, networks) => {
      networks.server('tc qdisc add dev server root netem delay 100ms 20ms loss 2% reorder 5% duplicate 1%');
      networks.client('tc qdisc add dev client root netem delay 100ms 20ms loss 2% reorder 5% duplicate 1%');
      await new FarClient(server, networks).echo(randomBytes(200_000));
    },
  ),
];
