import { once } from 'node:events';
import net from 'node:net';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { nodeNetwork } from '../../lib/transport/node/network.js';
import { RawPeer } from '../support/raw-peer.js';
import { abnormalEnds } from './cases/abnormal-ends.js';
import { declare } from './support/declare.js';

declare('C: abnormal ends', abnormalEnds);

type Socket = RawPeer['socket'];

/** Calls that must not throw, in any order and any number. */
const misuses: [name: string, misuse: (socket: Socket) => void][] = [
  ['end, end, destroy, write', (s) => [s.end(), s.end(), s.destroy(), s.write(Buffer.from('x'))]],
  ['destroy, destroy, end, write', (s) => [s.destroy(), s.destroy(), s.end(), s.write(Buffer.from('x'))]],
  ['reset, destroy, reset, pause, resume', (s) => [s.reset(), s.destroy(), s.reset(), s.pause(), s.resume()]],
  ['end, write, reset', (s) => [s.end(), s.write(Buffer.from('x')), s.reset()]],
];

describe('C: the library', () => {
  for (const [name, misuse] of misuses) {
    it(`F27 ${name}: nothing is thrown, and the end is reported once`, async () => {
      const server = net.createServer((socket) => socket.on('error', () => {}).end()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const peer = new RawPeer(nodeNetwork(), (server.address() as net.AddressInfo).port);
      let closings = 0;
      peer.news$.subscribe((news) => {
        if (news === 'closed') closings += 1;
      });
      await firstValueFrom(peer.when('connected'));
      misuse(peer.socket);
      await firstValueFrom(peer.when('closed'));
      await new Promise(setImmediate);
      server.close();
      expect(closings).toBe(1);
    });
  }
});
