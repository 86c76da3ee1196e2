/** `wiretap`: what it prints of each connection, and that it changes nothing. */
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Handler, memoryNetwork, nodeNetwork, wiretap } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { serving, text } from '../support/serving.js';
import { inVirtualTime } from '../support/virtual-time.js';

const identity: Handler = (chunks$) => chunks$;

describe('wiretap', () => {
  it('prints what a server and its client send and receive, in hex and text, and how each direction ends', () => {
    const printed: string[] = [];
    inVirtualTime(() => {
      const transport = wiretap(memoryNetwork(), (text) => printed.push(text));
      const bytes = Buffer.from('0123456789abcdef\x1b[2J\xff', 'latin1');
      serving(transport, identity, { port: 7 }, ({ connect }) => of(bytes).pipe(connect(), text())).subscribe();
    });
    const dump = [
      '00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|',
      '00000010  1b 5b 32 4a ff                                   |.[2J.|',
    ].join('\n');
    expect(printed).toEqual([
      `127.0.0.1:7 sent 21 bytes\n${dump}`,
      '127.0.0.1:7 sent FIN',
      `127.0.0.1:49152 received 21 bytes\n${dump}`,
      `127.0.0.1:49152 sent 21 bytes\n${dump}`,
      '127.0.0.1:49152 received FIN',
      '127.0.0.1:49152 sent FIN',
      `127.0.0.1:7 received 21 bytes\n${dump}`,
      '127.0.0.1:7 received FIN',
      '127.0.0.1:49152 closed',
      '127.0.0.1:7 closed',
    ]);
  });

  it('names the error of a connection that fails', () => {
    const printed: string[] = [];
    inVirtualTime(() => {
      const transport = wiretap(memoryNetwork(), (text) => printed.push(text));
      serving(
        transport,
        () => of(1 as unknown as string),
        { port: 7 },
        ({ connect }) => of('x').pipe(connect()),
      ).subscribe({
        error: () => {},
      });
    });
    expect(printed).toContain('127.0.0.1:49152 sent a reset');
    expect(printed).toContain('127.0.0.1:7 failed: ERR_CONNECTION_RESET');
  });

  it('refuses a print that is no function', () => {
    expect(() => wiretap(nodeNetwork(), 'console' as never)).toThrow(
      "Expected `print` to be a function, got `'console'`",
    );
  });
});

describe.each(networks)('wiretap over the $name', ({ play }) => {
  it('changes nothing of what arrives', async () => {
    const sent = Buffer.alloc(300_000, 'x');
    const got = await play((transport) =>
      serving(
        wiretap(transport, () => {}),
        identity,
        {},
        ({ connect }) => of(sent).pipe(connect(), text()),
      ),
    );
    expect(got).toEqual([sent.toString()]);
  });
});
