/** Faults over TLS, on real sockets: they strike what a connection carries, and not its handshake. */
import { concat, from, lastValueFrom, map, NEVER, of } from 'rxjs';
import { expect, it } from 'vitest';
import { corrupt, type Fault, faulty, latency, nodeNetwork, resetPeer, slicer, tcpConnect } from '../../lib/index.js';
import { authority, describeTls } from '../support/certificates.js';
import { text } from '../support/serving.js';
import { TlsServer } from '../support/tls-server.js';

const letters = Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
const ends = ['server', 'client'] as const;

/** A server and a client over TLS, one of them with faults. */
async function connection(faults: readonly Fault[], at: (typeof ends)[number]) {
  const struck = faulty(nodeNetwork(), faults, { seed: 1 });
  const server = await TlsServer.start(at === 'server' ? { transport: struck } : {});
  const transport = at === 'client' ? struck : nodeNetwork();
  return { server, connect: tcpConnect({ port: server.port, transport, tls: { ca: authority().cert } }) };
}

describeTls('a connection over TLS with faults', () => {
  it.each(ends)('at its %s passes all bytes late and in slices', async (at) => {
    const { connect, server } = await connection([slicer({ bytes: 999, variation: 500 }), latency({ ms: 20 })], at);
    const startedAt = performance.now();
    expect(await lastValueFrom(of(letters).pipe(connect, text()))).toBe(letters);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(39);
    expect((await server.first('closed')).reason).toBe('ended');
  });

  it.each(ends)('at its %s is reset for both ends behind some bytes', async (at) => {
    const { connect, server } = await connection([resetPeer({ afterBytes: 100 })], at);
    // A client of TLS 1.3 that is reset at once may be so before its server has seen the end of the handshake.
    const message$ = concat(of('hello'), from(server.first('opened')).pipe(map(() => letters)), NEVER);
    const code = lastValueFrom(message$.pipe(connect)).catch((error) => error.code);
    expect(await code).toBe('ERR_CONNECTION_RESET');
    expect((await server.first('closed')).reason).toBe('reset');
  });

  it.each(ends)('at its %s has some of its bytes changed, and stands', async (at) => {
    const { connect } = await connection([corrupt({ probability: 0.01, direction: 'outgoing' })], at);
    const received = await lastValueFrom(of(letters).pipe(connect, text()));
    const changed = [...received].filter((letter, index) => letter !== letters[index]).length;
    expect(received.length).toBe(letters.length);
    expect(changed).toBeGreaterThan(100);
    expect(changed).toBeLessThan(400);
  });
});
