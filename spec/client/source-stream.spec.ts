/** A Node stream as a client's source, which begins before the client asks for anything. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { tcpConnect } from '../../lib/index.js';
import { errorOf } from '../support/error-of.js';
import { realNetworks } from '../support/networks.js';
import { serving } from '../support/serving.js';

describe.each(realNetworks)('a stream as the source of a client over the $name', ({ play }) => {
  it('that fails while the client is connecting errors the result', async () => {
    const failure = new Error('no such file');
    const got = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$,
        {},
        ({ port }) => errorOf(tcpConnect({ port, transport })(new Readable().destroy(failure))),
      ),
    );
    expect(got).toEqual([failure]);
  });

  it('is destroyed where the client cannot connect', async () => {
    const stream = new Readable({ read() {} });
    const closed = once(stream, 'close');
    const [error] = await play((transport) => errorOf(tcpConnect({ port: 1, transport })(stream)));
    await closed;
    expect(error?.code).toBe('ERR_CONNECTION_REFUSED');
  });
});
