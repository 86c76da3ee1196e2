/** Which options are refused at the call, with which message, and which are accepted. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { asyncScheduler, NEVER, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type EchoConfig,
  echo,
  type MemoryNetworkConfig,
  memoryNetwork,
  type TcpConnectConfig,
  type TcpServerConfig,
  tcpConnect,
  tcpServer,
  type UnixServerConfig,
} from '../../lib/index.js';

/** The calls that take a config, each with its required options. Without a subscriber nothing listens or connects. */
const calls = {
  tcpServer: (config: object) => tcpServer({ port: 0, ...config } as TcpServerConfig, echo()),
  tcpConnect: (config: object) => tcpConnect({ port: 7, ...config } as TcpConnectConfig),
  echo: (config: object) => echo(config as EchoConfig),
  memoryNetwork: (config: object) => memoryNetwork(config as MemoryNetworkConfig),
};

type Call = keyof typeof calls;

const callNames = Object.keys(calls) as Call[];

const largest = 2 ** 31 - 1;

/** Integer options, their ranges, and what else they accept. */
const numbers: [call: Call, option: string, min: number, max: number, other?: string][] = [
  ['tcpServer', 'port', 0, 65_535],
  ['tcpServer', 'backlog', 1, largest],
  ['tcpServer', 'drainTimeoutMs', 0, largest, 'Infinity'],
  ['tcpServer', 'maxConnections', 1, largest, 'Infinity'],
  ['tcpServer', 'idleTimeoutMs', 1, largest, 'Infinity'],
  ['tcpServer', 'writeTimeoutMs', 1, largest, 'Infinity'],
  ['tcpServer', 'halfCloseTimeoutMs', 1, largest, 'Infinity'],
  ['tcpServer', 'maxLifetimeMs', 1, largest, 'Infinity'],
  ['tcpServer', 'highWaterMarkBytes', 1, largest, 'Infinity'],
  ['tcpServer', 'memoryBudgetBytes', 1, largest, 'Infinity'],
  ['tcpServer', 'maxChunkBytes', 1, largest, 'Infinity'],
  ['tcpServer', 'keepAliveMs', 1_000, 32_767_000, 'Infinity'],
  ['tcpConnect', 'port', 1, 65_535],
  ['tcpConnect', 'idleTimeoutMs', 1, largest, 'Infinity'],
  ['tcpConnect', 'writeTimeoutMs', 1, largest, 'Infinity'],
  ['tcpConnect', 'keepAliveMs', 1_000, 32_767_000, 'Infinity'],
  ['echo', 'delayMs', 0, largest, 'a function that returns one'],
  ['memoryNetwork', 'latencyMs', 0, largest],
  ['memoryNetwork', 'bufferBytes', 1, largest],
];

describe.each(numbers)('%s: %s', (call, option, min, max, other) => {
  const orInfinity = other === 'Infinity';
  const range = `an integer from ${min} to ${max}${other ? `, or ${other}` : ''}`;
  const refusal = (value: unknown) => `Expected \`${option}\` to be ${range}, got \`${inspect(value, { depth: 0 })}\``;

  it.each([min, max])('%d, a bound of its range, is accepted', (value) => {
    expect(() => calls[call]({ [option]: value })).not.toThrow();
  });

  it.each([min - 1, max + 1, min + 0.5, Number.NaN, Number.NEGATIVE_INFINITY])(
    '%d is refused with a RangeError',
    (value) => {
      expect(() => calls[call]({ [option]: value })).toThrow(new RangeError(refusal(value)));
    },
  );

  it(`Infinity is ${orInfinity ? 'accepted' : 'refused with a RangeError'}`, () => {
    const calling = () => calls[call]({ [option]: Number.POSITIVE_INFINITY });
    if (orInfinity) expect(calling).not.toThrow();
    else expect(calling).toThrow(new RangeError(refusal(Number.POSITIVE_INFINITY)));
  });

  it.each([String(max), null, true, 1n, {}, []])('%o, not a number, is refused with a TypeError', (value) => {
    expect(() => calls[call]({ [option]: value })).toThrow(new TypeError(refusal(value)));
  });

  it('any number or string is accepted if it is in range, or refused with RangeError or TypeError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.nat(70_000), fc.double(), fc.string()), (value) => {
        const inRange = Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
        const accepted = inRange || (value === Number.POSITIVE_INFINITY && orInfinity);
        expect(errorOf(() => calls[call]({ [option]: value }))).toBe(
          accepted ? undefined : typeof value === 'number' ? RangeError : TypeError,
        );
      }),
    );
  });
});

describe('an option that is not a number', () => {
  const transport = 'a Transport, such as memoryNetwork()';

  it.each<[call: Call, option: string, value: unknown, expected: string]>([
    ['tcpServer', 'host', '', 'a string that is not empty'],
    ['tcpServer', 'host', 7, 'a string that is not empty'],
    ['tcpServer', 'noDelay', 'yes', 'true or false'],
    ['tcpServer', 'accept', ['10.0.0.0/8'], 'a function'],
    ['tcpServer', 'tls', 'cert.pem', 'an object'],
    ['tcpServer', 'stop$', Promise.resolve(), 'an Observable'],
    ['tcpServer', 'transport', { listen: () => {} }, transport],
    ['tcpServer', 'scheduler', Date, 'a scheduler'],
    ['tcpConnect', 'host', '', 'a string that is not empty'],
    ['tcpConnect', 'noDelay', 1, 'true or false'],
    ['tcpConnect', 'writable', () => {}, 'an Observer'],
    ['tcpConnect', 'connected', () => {}, 'an Observer'],
    ['tcpConnect', 'closed', () => {}, 'an Observer'],
    ['tcpConnect', 'transport', 'tcp', transport],
    ['tcpConnect', 'scheduler', null, 'a scheduler'],
    ['echo', 'delayPer', 'message', "one of 'connection', 'chunk'"],
    ['memoryNetwork', 'scheduler', {}, 'a scheduler'],
  ])('%s: a bad %s, %o, is refused with a TypeError', (call, option, value, expected) => {
    const message = `Expected \`${option}\` to be ${expected}, got \`${inspect(value, { depth: 0 })}\``;
    expect(() => calls[call]({ [option]: value })).toThrow(new TypeError(message));
  });

  it.each<[call: Call, config: object]>([
    ['tcpServer', { host: '::', noDelay: false, stop$: NEVER, transport: memoryNetwork(), scheduler: asyncScheduler }],
    ['tcpConnect', { host: 'localhost', noDelay: false, writable: { next: () => {} }, transport: memoryNetwork() }],
    ['echo', { delayPer: 'chunk', reply: () => 'reply', scheduler: asyncScheduler }],
    ['memoryNetwork', { scheduler: asyncScheduler }],
  ])('%s: values of the expected types are accepted', (call, config) => {
    expect(() => calls[call](config)).not.toThrow();
  });
});

describe('a key', () => {
  it.each<[call: Call, key: string, nearest: string]>([
    ['tcpServer', 'maxConections', 'maxConnections'],
    ['tcpServer', 'idleTimeout', 'idleTimeoutMs'],
    ['tcpServer', 'stop', 'stop$'],
    ['tcpConnect', 'hots', 'host'],
    ['tcpConnect', 'nodelay', 'noDelay'],
    ['echo', 'delayper', 'delayPer'],
    ['memoryNetwork', 'latency', 'latencyMs'],
  ])('%s: %s is refused with a TypeError that names %s', (call, key, nearest) => {
    const message = `Unknown option \`${key}\`: did you mean \`${nearest}\`?`;
    expect(() => calls[call]({ [key]: undefined })).toThrow(new TypeError(message));
  });

  it.each<[call: Call, key: string]>([
    ['tcpServer', 'ssl'],
    ['tcpServer', 'cluster'],
    ['tcpConnect', 'timeout'],
    ['echo', 'message'],
  ])('%s: %s, which is near none, is refused with a TypeError that lists the options', (call, key) => {
    expect(() => calls[call]({ [key]: 1 })).toThrow(
      new RegExp(`^Unknown option \`${key}\`: expected one of \`\\w+\`(, \`[\\w$]+\`)+$`),
    );
  });

  it.each(callNames)('%s: a key that every object inherits is refused', (call) => {
    expect(() => calls[call]({ toString: 1 })).toThrow(/^Unknown option `toString`/);
  });

  it.each(callNames)('%s: any unknown key is refused with a TypeError', (call) => {
    // A generated string may hit one of these three; the other keys are too long for that.
    const unknown = fc.string().filter((key) => key !== 'host' && key !== 'port' && key !== 'reply');
    fc.assert(
      fc.property(unknown, (key) => {
        expect(errorOf(() => calls[call]({ [key]: 1 }))).toBe(TypeError);
      }),
    );
  });
});

describe('a config', () => {
  it.each(callNames)('%s: an option that is undefined counts as absent', (call) => {
    const options = numbers.filter(([of, option]) => of === call && option !== 'port').map(([, option]) => option);
    const config = Object.fromEntries([...options, 'scheduler'].map((option) => [option, undefined]));
    expect(() => calls[call](config)).not.toThrow();
  });

  it.each<[call: Call, config: unknown]>([
    ['tcpServer', { port: 7, path: '/run/echo.sock' }],
    ['tcpServer', { path: '/run/echo.sock', port: 7 }],
    ['tcpConnect', { port: 7, path: '/run/echo.sock' }],
  ])('%s: a port and a path are refused with a TypeError', (call, config) => {
    expect(() => calls[call](config as object)).toThrow(new TypeError('Expected `port` or `path`, got both'));
  });

  it.each([
    ['echo', () => echo(7 as EchoConfig), '7'],
    ['memoryNetwork', () => memoryNetwork(null as unknown as MemoryNetworkConfig), 'null'],
    ['tcpServer', () => tcpServer(null as unknown as TcpServerConfig, echo()), 'null'],
  ])('%s: what is no object is refused with a TypeError', (_, call, got) => {
    expect(call).toThrow(new TypeError(`Expected \`config\` to be an object, got \`${got}\``));
  });

  it.each([
    ['tcpServer', () => tcpServer(Object.freeze({ port: 7 }), echo())],
    ['tcpConnect', () => tcpConnect(Object.freeze({ port: 7 }))],
    ['echo', () => echo(Object.freeze({ delayMs: 7 }))],
    ['memoryNetwork', () => memoryNetwork(Object.freeze({ latencyMs: 7 }))],
  ])('%s: a frozen config is accepted', (_, call) => {
    expect(call).not.toThrow();
  });

  it('a config that is changed after the call changes nothing', () => {
    const config = { delayMs: 0, reply: 'raw' };
    const handler = echo(config);
    config.reply = '{remote}';
    const replies: unknown[] = [];
    handler(of(Buffer.from('a'))).subscribe((reply) => replies.push(reply));
    expect(replies).toEqual([Buffer.from('a')]);
  });
});

describe('the port', () => {
  it.each([
    ['tcpServer', '0', () => tcpServer({} as TcpServerConfig, echo())],
    ['tcpServer', '0', () => tcpServer({ port: undefined } as unknown as TcpServerConfig, echo())],
    ['tcpServer', '0', () => tcpServer(undefined as unknown as number, echo())],
    ['tcpConnect', '1', () => tcpConnect({ host: 'localhost' } as TcpConnectConfig)],
    ['tcpConnect', '1', () => tcpConnect(undefined as unknown as number)],
  ])('%s: a missing port is refused with a TypeError', (_, min, call) => {
    const message = `Expected \`port\` to be an integer from ${min} to 65535, got \`undefined\``;
    expect(call).toThrow(new TypeError(message));
  });

  it.each([
    ['tcpServer', () => tcpServer({ port: 7, path: '/p' } as TcpServerConfig, echo()), '`port` or `path`'],
    ['tcpServer', () => tcpServer({ path: '/p', fd: 3 } as UnixServerConfig, echo()), '`path` or `fd`'],
    ['tcpConnect', () => tcpConnect({ port: 7, path: '/p' } as TcpConnectConfig), '`port` or `path`'],
  ])('%s: another place beside it, or two in its place, are refused with a TypeError', (_, call, both) => {
    expect(call).toThrow(new TypeError(`Expected ${both}, got both`));
  });

  it.each([
    ['tcpServer', 65_535, (port: number) => tcpServer(port, echo())],
    ['tcpConnect', 65_535, (port: number) => tcpConnect(port)],
  ])('%s: a port alone is accepted as the config', (_, port, call) => {
    expect(() => call(port)).not.toThrow();
  });

  it.each([
    ['tcpServer', '0', (port: number) => tcpServer(port, echo())],
    ['tcpConnect', '1', (port: number) => tcpConnect(port)],
  ])('%s: a port alone that is out of range is refused with a RangeError', (_, min, call) => {
    const message = `Expected \`port\` to be an integer from ${min} to 65535, got \`65536\``;
    expect(() => call(65_536)).toThrow(new RangeError(message));
  });
});

/** The class of what `call` throws; undefined if it throws nothing. */
function errorOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return (error as Error).constructor;
  }
}
