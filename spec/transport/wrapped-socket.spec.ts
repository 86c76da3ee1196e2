/** A wrapper that changes nothing passes on all that is called and all that is reported. */
import { describe, expect, it } from 'vitest';
import {
  type ListenerEvents,
  type SocketEvents,
  TcpError,
  type Transport,
  type TransportSocket,
  wiretap,
} from '../../lib/index.js';

const calls = {
  write: [Buffer.from('x')],
  cork: [],
  uncork: [],
  uncorkLater: [],
  end: [],
  pause: [],
  resume: [],
  destroy: [],
  reset: [],
  unacknowledgedBytes: [],
  secure: [Buffer.from('hello')],
} satisfies Partial<Record<keyof TransportSocket, unknown[]>>;

const error = new TcpError('ERR_CONNECTION_RESET', 'The spec says so');

const events = {
  connected: [],
  chunk: [Buffer.from('y')],
  peerEnded: [],
  uncorked: [],
  drained: [],
  failed: [error],
  closed: [],
} satisfies Record<keyof SocketEvents, unknown[]>;

const listenerEvents = {
  listening: [{ host: 'h', port: 1 }],
  lost: [],
  warned: [error],
  failed: [error],
} satisfies Partial<Record<keyof ListenerEvents, unknown[]>>;

/** An object whose methods note their names and arguments. */
function noting<T extends object>(names: readonly string[], seen: unknown[], others: object): T {
  const methods = names.map((name) => [name, (...args: unknown[]) => seen.push([name, ...args])]);
  return { ...Object.fromEntries(methods), ...others } as T;
}

function callAll(target: object | undefined, all: Record<string, unknown[]>): void {
  for (const [name, args] of Object.entries(all)) Reflect.apply(Reflect.get(target ?? {}, name), target, args);
}

describe('a wrapped transport', () => {
  const seen: unknown[] = [];
  let inner: SocketEvents | undefined;
  const properties = {
    local: { host: 'l', port: 1 },
    remote: { host: 'r', port: 2 },
    queuedBytes: 3,
    queuedWrites: 4,
    tls: { protocol: 'TLSv1.3' },
  };
  const socket = noting<TransportSocket>(Object.keys(calls), seen, {
    ...properties,
    open: (owner: SocketEvents) => {
      inner = owner;
    },
  });
  let innerListener: ListenerEvents | undefined;
  const listener = { stop: () => {}, close: () => {} };
  const transport: Transport = {
    capacity: () => 7,
    connect: () => socket,
    listen: (_, owner) => {
      innerListener = owner;
      return listener;
    },
  };
  const wrapped = wiretap(transport, () => {});
  const options = { host: 'h', port: 1, noDelay: true, keepAliveMs: 1_000 };

  it('passes on what a socket is told, and shows its state', () => {
    const outer = wrapped.connect(options);
    seen.length = 0;
    callAll(outer, calls);
    expect(seen).toEqual(Object.entries(calls).map(([name, args]) => [name, ...args]));
    expect(outer).toMatchObject(properties);
  });

  it('passes on what a socket reports', () => {
    const outer = wrapped.connect(options);
    seen.length = 0;
    outer.open(noting<SocketEvents>(Object.keys(events), seen, {}));
    callAll(inner, events);
    expect(seen).toEqual(Object.entries(events).map(([name, args]) => [name, ...args]));
  });

  it('passes on what a listener reports, its sockets wrapped, and its own', () => {
    seen.length = 0;
    const owner = noting<ListenerEvents>([...Object.keys(listenerEvents), 'accepted'], seen, {});
    expect(wrapped.listen({ ...options, backlog: 1 }, owner)).toBe(listener);
    callAll(innerListener, listenerEvents);
    expect(seen).toEqual(Object.entries(listenerEvents).map(([name, args]) => [name, ...args]));
    innerListener?.accepted(socket);
    expect(seen.at(-1)).toMatchObject(['accepted', properties]);
    expect((seen.at(-1) as unknown[])[1]).not.toBe(socket);
    expect(wrapped.capacity()).toBe(7);
  });
});
