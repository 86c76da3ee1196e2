/** What the compiler makes of the public surface. `tsc`, which `npm test` begins with, checks this file; nothing runs it. */
import { createReadStream } from 'node:fs';
import { concatMap, delay, filter, from, identity, map, type Observable, type OperatorFunction, of } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import {
  type Address,
  type Bytes,
  type CloseReason,
  type Connection,
  defaults,
  type EchoConfig,
  type ErrorCode,
  echo,
  type errorCodes,
  formatAddress,
  type Handler,
  inOrder,
  type MemoryNetwork,
  memoryNetwork,
  nodeNetwork,
  type Reply,
  type ServerEvent,
  type TcpAddress,
  type TcpConnectConfig,
  TcpError,
  type TcpServerConfig,
  type Transport,
  tcpConnect,
  tcpServer,
  wiretap,
  withBackpressure,
} from '../lib/index.js';

const event$ = tcpServer({ port: 0 }, identity);

describe('tcpServer', () => {
  it('emits events whose type says what else they have', () => {
    expectTypeOf(event$).toEqualTypeOf<Observable<ServerEvent<TcpAddress>>>();
    const closed$ = event$.pipe(filter((event) => event.type === 'closed'));
    expectTypeOf(closed$.pipe(map(({ reason }) => reason))).toEqualTypeOf<Observable<CloseReason>>();
    expectTypeOf(closed$.pipe(map(({ error }) => error))).toEqualTypeOf<Observable<TcpError | undefined>>();
    // @ts-expect-error only `closed` and `dropped` have a reason
    event$.pipe(map(({ reason }) => reason));
  });

  it('listens on an address with a host and a port', () => {
    const listening$ = event$.pipe(filter((event) => event.type === 'listening'));
    expectTypeOf(listening$.pipe(map(({ address }) => address.port))).toEqualTypeOf<Observable<number>>();
  });

  it('takes a port in place of a config, and no config without a port', () => {
    expectTypeOf(tcpServer).toBeCallableWith({ port: 0 } satisfies TcpServerConfig, identity);
    // @ts-expect-error the port is missing
    tcpServer({ host: '::' }, identity);
    // @ts-expect-error as is the unit: idleTimeoutMs
    tcpServer({ port: 0, idleTimeout: 1 }, identity);
    // @ts-expect-error an environment variable is a string
    tcpServer({ port: process.env.PORT ?? 7 }, identity);
  });

  it('has options that may be undefined, as `exactOptionalPropertyTypes` tells apart', () => {
    expectTypeOf<{ port: 0; stop$: undefined; transport: undefined }>().toExtend<TcpServerConfig>();
    expectTypeOf<{ port: 7; writable: undefined; host: undefined }>().toExtend<TcpConnectConfig>();
    expectTypeOf<{ delayMs: undefined }>().toExtend<EchoConfig>();
  });
});

describe('a handler', () => {
  it('gets Buffers and a connection without annotations', () => {
    tcpServer(0, (chunks$, connection) => {
      expectTypeOf(chunks$).toEqualTypeOf<Observable<Buffer>>();
      expectTypeOf(connection).toEqualTypeOf<Connection>();
      return chunks$;
    });
  });

  it('is any operator to bytes, an iterable, a promise, a stream, a client', () => {
    expectTypeOf(identity<Observable<Buffer>>).toExtend<Handler>();
    expectTypeOf(map(String)).toExtend<Handler>();
    expectTypeOf(echo()).toExtend<Handler>();
    expectTypeOf(tcpConnect(7)).toExtend<Handler>();
    expectTypeOf(() => createReadStream('file')).toExtend<Handler>();
    expectTypeOf(async function* (chunks$: Observable<Buffer>) {
      yield String(chunks$);
    }).toExtend<Handler>();
    expectTypeOf(async () => 'a promise').toExtend<Handler>();
    expectTypeOf(() => ['one', new Uint8Array(1)]).toExtend<Handler>();
  });

  it('is no operator to numbers, no promise of an array, and no function without replies', () => {
    expectTypeOf(map<Buffer, number>((chunk) => chunk.length)).not.toExtend<Handler>();
    expectTypeOf(async () => ['one reply is bytes or a string']).not.toExtend<Handler>();
    expectTypeOf(() => {}).not.toExtend<Handler>();
  });
});

describe('tcpConnect', () => {
  it('is an operator from bytes to Buffers', () => {
    expectTypeOf(tcpConnect(7)).toExtend<OperatorFunction<Bytes, Buffer>>();
    expectTypeOf(of('hello').pipe(tcpConnect({ port: 7 }), map(String))).toEqualTypeOf<Observable<string>>();
  });

  it('takes an iterable or a stream as its source, and the address of a server', () => {
    expectTypeOf(tcpConnect(7)).toBeCallableWith(createReadStream('file'));
    expectTypeOf(tcpConnect(7)).toBeCallableWith(['one', 'two']);
    expectTypeOf<TcpAddress>().toExtend<TcpConnectConfig>();
  });
});

describe('operators with flow control', () => {
  it('inOrder infers its result from the answer', () => {
    expectTypeOf(inOrder(async (chunk: Buffer) => chunk.length)).toEqualTypeOf<OperatorFunction<Buffer, number>>();
    const answers$ = of({ id: 1 }).pipe(inOrder(({ id }) => from([`${id}`]), undefined, { sizeOf: ({ id }) => id }));
    expectTypeOf(answers$).toEqualTypeOf<Observable<string>>();
  });

  it('withBackpressure has the type of its operator, for bytes alone', () => {
    expectTypeOf(withBackpressure(delay<Buffer>(1))).toEqualTypeOf<OperatorFunction<Buffer, Buffer>>();
    // @ts-expect-error numbers have no size
    withBackpressure(concatMap((value: number) => of(value)));
  });
});

describe('the rest', () => {
  it('a reply gets a chunk, a time and perhaps a connection', () => {
    expectTypeOf<Reply>().parameter(0).toEqualTypeOf<Buffer>();
    expectTypeOf<Reply>().parameter(1).toEqualTypeOf<Date>();
    expectTypeOf<Reply>().parameter(2).toEqualTypeOf<Connection | undefined>();
    expectTypeOf<'{data}' | 'python'>().toExtend<NonNullable<EchoConfig['reply']>>();
  });

  it('a transport is made, and made of another', () => {
    expectTypeOf(memoryNetwork()).toEqualTypeOf<MemoryNetwork>();
    expectTypeOf(memoryNetwork().host('db')).toEqualTypeOf<Transport>();
    expectTypeOf(wiretap(nodeNetwork({ fastPath: false }), (text: string) => text)).toEqualTypeOf<Transport>();
  });

  it('an error has a code of the table', () => {
    expectTypeOf<TcpError['code']>().toEqualTypeOf<ErrorCode>();
    expectTypeOf<ErrorCode>().toEqualTypeOf<keyof typeof errorCodes>();
    // @ts-expect-error the codes are its own
    new TcpError('ECONNRESET', 'text');
  });

  it('an address has a host and a port, or a path', () => {
    expectTypeOf(formatAddress).parameter(0).toEqualTypeOf<Address>();
    // @ts-expect-error a host needs a port
    formatAddress({ host: '::1' });
  });

  it('a default cannot be changed', () => {
    // @ts-expect-error it is read only
    defaults.server = { ...defaults.server };
  });
});
