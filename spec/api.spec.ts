/** docs/api.md has every public name, option, event and error, with what the code has of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaults, errorCodes, type ServerEvent } from '../lib/index.js';
import { closeReasons, dropReasons } from './support/reasons.js';

const page = readFileSync('docs/api.md', 'utf8');

/** The rows of the table whose first head is that, as cells. */
function table(head: string): string[][] {
  const lines = page.split('\n').map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  const start = lines.findIndex(([first]) => first === head) + 2; // below the head and its rule
  const rows = lines.slice(start);
  return rows.slice(
    0,
    rows.findIndex((cells) => cells.length === 0),
  );
}

const code = (cell = '') => cell.replaceAll('`', '');

/** The compiler refuses these when one is missing or unknown. */
const events: Readonly<Record<ServerEvent['type'], true>> = {
  listening: true,
  opened: true,
  closed: true,
  dropped: true,
  warning: true,
  draining: true,
};

/** What lib/index.ts, lib/testing.ts and lib/metrics.ts export, types included. */
function publicNames(): string[] {
  const entries = ['lib/index.ts', 'lib/testing.ts', 'lib/metrics.ts']
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
  const named = [...entries.matchAll(/export (?:type )?\{(.*?)\}/g)].flatMap(([, names = '']) => names.split(','));
  const contract = readFileSync('lib/transport/transport.ts', 'utf8'); // exported whole
  const declared = [...contract.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name = '']) => name);
  return [...named.map((name) => name.replace('type ', '').trim()), ...declared];
}

describe('the page of the API', () => {
  it('has every public name', () => {
    const names = publicNames();
    expect(names.length).toBeGreaterThan(30);
    expect(names.filter((name) => !new RegExp(`\`${name}[\`(]`).test(page))).toEqual([]);
  });

  const { server, proxyProtocol, connect, echo, lines, delimited, lengthPrefixed, decodeText } = defaults;
  const options = {
    tcpServer: server,
    'tcpServer({ proxyProtocol })': proxyProtocol,
    tcpConnect: connect,
    ...{ echo, lines, delimited, lengthPrefixed, decodeText },
  };
  for (const [name, values] of Object.entries(options)) {
    it(`lists the options of ${name} with their defaults`, () => {
      const shown = table(`\`${name}\``).flatMap(([option, value]) =>
        value === '' ? [] : [[code(option), code(value)]],
      );
      expect(Object.fromEntries(shown)).toEqual(printed(values));
    });
  }

  for (const [head, values] of Object.entries({
    event: Object.keys(events),
    '`closed` reason': closeReasons,
    '`dropped` reason': dropReasons,
  })) {
    it(`lists every value under the head ${head}`, () => {
      expect(table(head).map(([value]) => code(value))).toEqual(values);
    });
  }

  it('lists every error code with its meaning', () => {
    expect(Object.fromEntries(table('code').map(([name, meaning]) => [code(name), meaning]))).toEqual({
      ...errorCodes,
    });
  });
});

function printed(values: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? `'${value}'` : String(value)]),
  );
}
