/** Specs of ports, played over Unix sockets: a port is a name of Linux's abstract ones. */
import { TestRunner } from 'vitest';
import type { Transport } from '../../lib/index.js';
import { overriding } from './overriding.js';

let lastPort = 0;

const pathOf = (port: number): string => `\0rxjs-tcp specs ${process.pid} ${port}`;

export function overUnixSockets(transport: Transport): Transport {
  return overriding(transport, {
    listen({ host, port: asked = 0, ...options }, events) {
      const port = asked || ++lastPort;
      const listening = () => events.listening({ host, port });
      return transport.listen({ host, ...options, path: pathOf(port) }, overriding(events, { listening }));
    },
    connect: ({ port = 0, ...options }) => transport.connect({ ...options, path: pathOf(port) }),
  });
}

const hasNoReset = 'a Unix socket has no reset: its peer sees an end';
const hasNoPort = 'is about ports; unix-path.spec.ts has the same of paths';
const cut = (when: string) =>
  `a connection that is closed ${when} while complete replies are unsent is reset, not ended`;

/** Specs that cannot hold, and why. */
const impossible: Readonly<Record<string, string>> = {
  [cut('at maxLifetimeMs')]: hasNoReset,
  [cut('at writeTimeoutMs')]: hasNoReset,
  [cut('at drainTimeoutMs')]: hasNoReset,
  'errors with ERR_CONNECTION_RESET where its peer resets': hasNoReset,
  'errors with the error of its source, and resets the connection': hasNoReset,
  'of a proxy is not subscribed to where the proxy cannot connect': hasNoReset,
  'let what was sent before a reset or a close arrive': hasNoReset,
  'says "Lost the connection to", and the address, where the peer resets': hasNoReset,
  'says "Could not connect to", and the address, where it never was connected': hasNoPort,
  'of a server says "Lost the connection to", and the address of the peer, where that resets': hasNoPort,
  "is the error of a client over the 'real network, by Unix sockets'": hasNoPort,
  'is told the connection once, before anything is sent, with its addresses and its counters as they change': hasNoPort,
  'a port that is in use makes it error with ERR_ADDRESS_IN_USE and the address': hasNoPort,
  'unsubscribed from while it is connecting, it never reaches the server': 'the kernel connects a Unix socket at once',
};

export function skipIfImpossible(): void {
  const test = TestRunner.getCurrentTest();
  const reason = impossible[test?.name ?? ''];
  if (reason !== undefined) test?.context.skip(reason);
}
