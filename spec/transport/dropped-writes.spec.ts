/** What is written to a socket behind its end is dropped, and harms nothing that was written before. */
import { map, switchMap, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { connectedPair } from '../support/connected-pair.js';
import { networks } from '../support/networks.js';

/** Too much for the kernel to take at once. */
const large = 8_388_608;

describe.each(networks)('a socket over the $name', ({ play }) => {
  it.each([4, large])('drops what is written behind its end, and sends the %i bytes before', async (bytes) => {
    const seen = await play((transport) =>
      connectedPair(transport).pipe(
        switchMap(({ client, server }) => {
          client.send(Buffer.alloc(bytes));
          client.socket.end();
          client.send('behind the end');
          server.socket.end();
          return server.when('closed').pipe(map(() => [server.receivedBytes, server.failure, client.failure]));
        }),
        take(1),
      ),
    );
    expect(seen[0]).toEqual([bytes, undefined, undefined]);
  });
});
