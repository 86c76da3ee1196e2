/** The faults that matter most, over Unix sockets: their backpressure, their ends and their descriptors are kernel code of their own. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'vitest';
import { formatAddress } from '../../../lib/index.js';
import { elapse, eventually } from '../support/eventually.js';
import { fault } from '../support/fault.js';
import { scripts } from '../support/scripts.js';

const megabyte = 1_048_576;

export const unixSockets = [
  fault(
    'F11',
    'a flooder that never reads is not read from any more, and others are answered',
    { library: [{}, 'identity'], unix: true, memoryBytes: 32 * megabyte },
    async (server) => {
      const flooder = await server.connect({ reads: false });
      flooder.flood();
      let accepted = -1;
      const stands = async (): Promise<boolean> => {
        const before = accepted;
        accepted = flooder.acceptedBytes;
        await elapse(500);
        return accepted === before;
      };
      await eventually(() => `the server stops after ${accepted} bytes`, stands, 5_000);
      expect(accepted / megabyte).toBeLessThan(4);
      const other = await server.connect();
      await other.send('hello');
      expect(String(await other.bytes(5))).toBe('hello');
    },
  ),
  fault(
    'F13',
    'clients that never read are closed at the write limit',
    { library: [{ writeTimeoutMs: 500 }, 'amplifies'], unix: true },
    async (server) => {
      for (const client of await server.connectAll(20, { reads: false })) await client.send('x');
      await server.logged(20, 'closed', 'stalled', 2_500);
    },
  ),
  fault(
    'F16',
    'a reader of 2 MB/s under a write limit of 0.5 s loses nothing and is not closed',
    { library: [{ writeTimeoutMs: 500 }, 'identity'], unix: true },
    async (server) => {
      const sent = randomBytes(8 * megabyte); // takes more than twice as long as such a limit counts
      const client = await server.connect({ reads: false });
      client.readSlowly(2 * megabyte);
      client.end(sent);
      expect((await client.all()).equals(sent)).toBe(true);
      await server.logged(1, 'closed', 'ended');
    },
  ),
  fault(
    'F25',
    'a client that is killed during an upload is closed within a second',
    { library: [{}, 'identity'], unix: true },
    async (server) => {
      const at = formatAddress({ path: server.path ?? '' }); // no argument of a program has a NUL
      const uploader = server.helper(process.execPath, [scripts.pipePeer, at]);
      uploader.stdin?.write(Buffer.alloc(50_000_000));
      if (uploader.stdout) await once(uploader.stdout, 'data');
      uploader.kill('SIGKILL');
      await server.logged(1, 'closed', undefined, 1_000);
    },
  ),
  fault(
    'F20',
    '1 000 connections that open and close, half of them without a FIN, leave nothing open',
    { library: [{}, 'identity'], unix: true },
    async (server) => {
      let begun = 0;
      const comeAndGo = async (): Promise<void> => {
        while (begun < 1_000) {
          const closes = begun++ % 2 === 0;
          const client = await server.connect();
          client.socket.write('x');
          await client.bytes(1);
          if (closes) client.reset();
          else await client.end().all();
        }
      };
      await Promise.all(Array.from({ length: 8 }, comeAndGo));
      await server.logged(1_000, 'closed', 'ended', 2_000);
    },
  ),
];
