/** Any command line and any options are either accepted by the library or refused with an error that says why. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { faultsOf } from '../../lib/app/faults.js';
import type { ServeFlags } from '../../lib/app/flags/serve.js';
import { serverConfig } from '../../lib/app/server-config.js';
import { echo, faulty, memoryNetwork, tcpConnect, tcpServer } from '../../lib/index.js';
import { parsed } from '../support/parsed.js';
import { runs } from './runs.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The library takes them, to the last one. */
function acceptedByTheLibrary(flags: ServeFlags): void {
  const handler = echo({
    delayMs: typeof flags.delay === 'number' ? flags.delay : flags.delay.maxMs,
    delayPer: flags.delayPer,
    reply: flags.reply,
  });
  faulty(memoryNetwork(), faultsOf(flags), { seed: flags.seed });
  tcpServer(serverConfig(flags), handler);
}

const flags = [
  ...['--host', '--port', '--backlog', '--delay', '--delay-per', '--reply', '--max-chunk', '--max-connections'],
  ...['--idle-timeout', '--write-timeout', '--half-close-timeout', '--max-lifetime', '--high-water-mark', '--grace'],
  ...['--unix', '--fd', '--max-connections-per-address', '--allow', '--deny', '--proxy-protocol', '--log', '--metrics'],
  ...['--latency', '--jitter', '--bandwidth', '--slice', '--corrupt', '--close-after', '--reset-after', '--timeout'],
  ...['--toxicity', '--first', '--direction', '--seed', '--exit-after'],
];

const largest = 2 ** 31 - 1;

const numeral = fc.oneof(
  fc.nat(2).map(String),
  fc.integer({ min: -2, max: 70_000 }).map(String),
  fc.constantFrom(0, 1, 65_535, 65_536, largest, largest + 1, 1e21, Number.NaN, Number.POSITIVE_INFINITY).map(String),
  fc.double().map(String),
  fc.bigInt().map(String),
);

const value = fc.oneof(
  numeral,
  fc
    .tuple(numeral, fc.constantFrom('ms', 's', 'm', 'h', 'd', ' s', 'y', 'e3'))
    .map(([number, unit]) => `${number}${unit}`),
  fc.constantFrom(
    'off',
    'chunk',
    'connection',
    'raw',
    'text',
    'python',
    'json',
    'pretty',
    '1s..3s',
    '64KB',
    '0.01',
    'both',
    '127.0.0.1,10.0.0.0/8',
    '::/0, unix',
    '@name',
    '{data}',
    '{remote} {time}',
    '',
  ),
  fc.string({ unit: 'binary' }),
);

describe('the flags of rxjs-tcp serve', () => {
  it('are accepted by the library, or refused with a message that names one of them', () => {
    const given = fc.array(fc.tuple(fc.constantFrom(...flags), value), { minLength: 1, maxLength: 3 });
    const property = fc.property(given, (given) => {
      const result = parsed(given.map(([flag, value]) => `${flag}=${value}`));
      if ('serve' in result) return acceptedByTheLibrary(result.serve);
      if (!('refused' in result)) throw new Error('Took them for another command');
      expect(result.refused.exitCode).toBe(1);
      expect(given.some(([flag]) => new RegExp(`${flag}[ ']`).test(result.refused.message))).toBe(true);
    });
    fc.assert(property, runs(2_000));
  });

  it('are checked alike when HOST and PORT are in the environment', () => {
    const noNul = value.filter((value) => !value.includes('\0') && !/[\ud800-\udfff]/.test(value));
    const property = fc.property(noNul, noNul, (host, port) => {
      vi.stubEnv('HOST', host);
      vi.stubEnv('PORT', port);
      const result = parsed([]);
      if ('serve' in result) acceptedByTheLibrary(result.serve);
      else expect('refused' in result && result.refused.exitCode).toBe(1);
    });
    fc.assert(property, runs(300));
  });

  it('take a duration in any unit, up to the longest that a timer can wait', () => {
    const units = { '': 1, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
    const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));
    const property = fc.property(fc.oneof(fc.nat(5_000), fc.nat(largest)), unit, (number, unit) => {
      const result = parsed(['--delay', `${number}${unit}`]);
      const milliseconds = number * units[unit];
      expect('serve' in result ? result.serve.delay : 'refused').toBe(
        milliseconds <= largest ? milliseconds : 'refused',
      );
    });
    fc.assert(property, runs(300));
  });
});

describe('the target of rxjs-tcp connect', () => {
  it('is accepted by the library, or refused', () => {
    const host = fc.oneof(
      fc.ipV4(),
      fc.ipV6().map((host) => `[${host}]`),
      fc.domain(),
      fc.string(),
    );
    const target = fc.oneof(
      value,
      fc.tuple(host, numeral).map(([host, port]) => `${host}:${port}`),
    );
    const property = fc.property(target, (target) => {
      const result = parsed(['connect', '--', target, 'word']);
      if ('connect' in result) tcpConnect(result.connect);
      else expect('refused' in result && result.refused.exitCode).toBe(1);
    });
    fc.assert(property, runs(500));
  });
});

describe('the options of the library, all together', () => {
  const calls: Record<string, (config: object) => unknown> = {
    tcpServer: (config) => tcpServer(config as never, echo()),
    tcpConnect: (config) => tcpConnect(config as never),
    echo: (config) => echo(config),
    memoryNetwork: (config) => memoryNetwork(config),
  };
  const keys = [
    ...[
      'host',
      'port',
      'backlog',
      'stop$',
      'drainTimeoutMs',
      'maxConnections',
      'idleTimeoutMs',
      'halfCloseTimeoutMs',
      'transport',
    ],
    ...['scheduler', 'delayMs', 'delayPer', 'reply', 'latencyMs', 'writable', 'noDelay', '__proto__', 'constructor'],
  ];

  it.each(Object.keys(calls))(
    '%s takes any object, or refuses it with an error that says what was expected',
    (call) => {
      const key = fc.oneof(fc.constantFrom(...keys), fc.string());
      const config = fc.dictionary(key, fc.oneof(fc.anything({ withBigInt: true }), fc.nat(9)), { maxKeys: 4 });
      const property = fc.property(config, (config) => {
        try {
          calls[call]?.(config);
        } catch (error) {
          expect([TypeError, RangeError]).toContain((error as Error).constructor);
          expect((error as Error).message).toMatch(
            /^(Expected `[^`]+` to be .*, got `.*`|Unknown option `.*`: (did you mean|expected one of) `)/s,
          );
        }
      });
      fc.assert(property, runs(500));
    },
  );
});
