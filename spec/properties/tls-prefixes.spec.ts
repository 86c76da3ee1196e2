/** F63: whatever a connection to a server with TLS begins with, its peer is dropped, and others are served. */
import { once } from 'node:events';
import net from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { eventually } from '../faults/support/eventually.js';
import { describeTls } from '../support/certificates.js';
import { hasProcessFigures, openFiles } from '../support/process-figures.js';
import { TlsServer } from '../support/tls-server.js';
import { runs } from './runs.js';

/** At once, in each run. */
const peers = 10;

const bytes = fc.uint8Array({ minLength: 1, maxLength: 400 });

/** At random, or behind the start of a record of a handshake. */
const prefix = fc.oneof(
  bytes,
  bytes.map((rest) => Buffer.concat([Buffer.of(22, 3, 1), rest])),
);

async function send(port: number, sent: Uint8Array): Promise<void> {
  const peer = net.connect(port, '127.0.0.1').on('error', () => {});
  peer.end(sent).resume();
  await once(peer, 'close');
}

describeTls('peers of a server with TLS', () => {
  it('that begin with random bytes and end are each dropped, and leave no descriptor', async () => {
    const server = await TlsServer.start();
    await server.reply();
    const filesBefore = hasProcessFigures ? openFiles(process.pid) : 0;
    let sent = 0;
    const prefixes = fc.array(prefix, { minLength: peers, maxLength: peers });
    const dropsEach = fc.asyncProperty(prefixes, async (each) => {
      await Promise.all(each.map((beginning) => send(server.port, beginning)));
      sent += peers;
      await server.nth('dropped', sent);
    });
    await fc.assert(dropsEach, { ...runs(100), endOnFailure: true });
    expect(server.events.filter(({ type }) => type === 'opened').length).toBe(1);
    expect(server.events.filter(({ type }) => type === 'dropped').length).toBe(sent);
    expect(await server.reply()).toBe('hello');
    if (hasProcessFigures) await eventually('the descriptors are back', () => openFiles(process.pid) <= filesBefore);
  });
});
