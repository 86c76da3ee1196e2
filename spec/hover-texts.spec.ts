/** What an editor shows: of each public name what it is, of each option a sentence and the default that the code has. */
import { readFileSync } from 'node:fs';
import { asyncScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defaults, halfOpen } from '../lib/index.js';

const file = {
  socket: 'lib/connection/socket-config.ts',
  server: 'lib/server/server-config.ts',
  connect: 'lib/client/connect-config.ts',
  echo: 'lib/handlers/echo.ts',
  node: 'lib/transport/node/network.ts',
  memory: 'lib/transport/memory/network.ts',
  link: 'lib/transport/memory/link-config.ts',
  lines: 'lib/operators/framing/lines.ts',
  delimited: 'lib/operators/framing/delimited.ts',
  lengthPrefixed: 'lib/operators/framing/length-prefixed.ts',
  chunksOf: 'lib/operators/framing/chunks-of.ts',
  decodeText: 'lib/operators/framing/decode-text.ts',
  fault: 'lib/transport/wrap/faults/fault-options.ts',
  faulty: 'lib/transport/wrap/faults/faulty.ts',
  latency: 'lib/transport/wrap/faults/latency.ts',
  slicer: 'lib/transport/wrap/faults/slicer.ts',
  simulate: 'lib/simulation/simulate.ts',
};

/** What has no fixed default says so in its text: it is required, absent, or depends on the machine. */
const withoutDefault = [
  ...['port', 'path', 'pathMode', 'pathOwner', 'fd', 'stop$', 'maxConnections', 'memoryBudgetBytes', 'accept', 'tls'],
  ...['proxyProtocol', 'from', 'writable', 'replied', 'delimiter', 'seed', 'ms', 'bytes', 'trace'],
];

/** Of each option in these files: its doc comment, on one line. */
function comments(...files: string[]): Map<string, string> {
  const option = /\/\*\*((?:(?!\*\/).)*)\*\/\s*readonly ([\w$]+)\??: [^\n]*;/gs;
  const found = files.flatMap((name) => [...readFileSync(name, 'utf8').matchAll(option)]);
  return new Map(found.map(([, text = '', name = '']) => [name, text.replaceAll(/\s*\n\s*\*\s?/g, ' ').trim()]));
}

const defaultIn = (comment: string) => /@default (\S+)/.exec(comment)?.[1];

/** A default as its doc comment has it. */
function written(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

const { direction, toxicity, first, after } = halfOpen();

const cases: [name: string, values: object, files: string[]][] = [
  [
    'tcpServer',
    { ...defaults.server, ...defaults.proxyProtocol, transport: 'nodeNetwork()', scheduler: asyncScheduler },
    [file.socket, file.server],
  ],
  [
    'tcpConnect',
    { ...defaults.connect, transport: 'nodeNetwork()', scheduler: asyncScheduler },
    [file.socket, file.connect],
  ],
  ['echo', { ...defaults.echo, scheduler: asyncScheduler }, [file.echo]],
  ['lines', defaults.lines, [file.lines]],
  ['delimited', defaults.delimited, [file.delimited]],
  ['lengthPrefixed', defaults.lengthPrefixed, [file.lengthPrefixed]],
  ['chunksOf', defaults.chunksOf, [file.chunksOf]],
  ['decodeText', defaults.decodeText, [file.decodeText]],
  ['nodeNetwork', { fastPath: true }, [file.node]],
  ['memoryNetwork', { latencyMs: 0, bufferBytes: 65_536, scheduler: asyncScheduler }, [file.memory]],
  ['link', { jitterMs: 0 }, [file.link]],
  ['faulty', { scheduler: asyncScheduler }, [file.faulty]],
  ['latency', { direction, toxicity, first, after, jitterMs: 0 }, [file.fault, file.latency]],
  ['slicer', { direction, toxicity, first, after, variation: 0, delayMs: 0 }, [file.fault, file.slicer]],
  ['simulate', { maxMs: 3_600_000, maxTraceLines: 50 }, [file.simulate]],
];

describe.each(cases)('the options of %s', (_, values, files) => {
  it('each have a doc comment with the default that the code has', () => {
    const shown = [...comments(...files)].flatMap(([option, comment]) => {
      return withoutDefault.includes(option) ? [] : [[option, defaultIn(comment)]];
    });
    expect([...comments(...files).values()].filter((comment) => comment === '')).toEqual([]);
    const expected = Object.entries(values).map(([option, value]) => {
      if (value === asyncScheduler) return [option, 'asyncScheduler'];
      return [option, option === 'transport' ? value : written(value)];
    });
    expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(expected));
  });
});

/** Of each public name: how it is declared, and its doc comment on one line. */
function publicNames(): { name: string; kind: string; comment: string }[] {
  const declaration =
    /(?:\/\*\*((?:(?!\*\/).)*)\*\/\s*)?^export (?:async )?(function|class|interface|type|const) (\w+)/gms;
  const entries = ['lib/index.ts', 'lib/testing.ts', 'lib/metrics.ts']
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
  const lines = [...entries.matchAll(/^export (.*) from '\.\/(.*)\.js';$/gm)];
  return lines.flatMap(([, names = '', file]) => {
    const declared = [...readFileSync(`lib/${file}.ts`, 'utf8').matchAll(declaration)].map(
      ([, comment = '', kind = '', name = '']) => ({
        name,
        kind,
        comment: comment.replaceAll(/\s*\n\s*\*\s?/g, ' ').trim(),
      }),
    );
    // The last one of a function with several signatures is its implementation, which no editor shows.
    const shown = declared.filter(
      ({ name }, index) => index === 0 || declared[index - 1]?.name !== name || declared[index + 1]?.name === name,
    );
    return shown.filter(({ name }) => names.includes('*') || new RegExp(`\\b${name}\\b`).test(names));
  });
}

describe('each public name', () => {
  it('has a doc comment', () => {
    expect(publicNames().length).toBeGreaterThan(40);
    expect(publicNames().filter(({ comment }) => comment === '')).toEqual([]);
  });

  it('that is a function says first what it does, with a verb', () => {
    const functions = publicNames().filter(({ kind }) => kind === 'function');
    expect(functions.length).toBeGreaterThanOrEqual(10);
    expect(functions.filter(({ comment }) => !/^[A-Z][a-z]+s /.test(comment))).toEqual([]);
  });
});
