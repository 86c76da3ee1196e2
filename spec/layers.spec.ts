/** The layers of lib/, as data: a file imports from its own layer and from those below it, and no import closes a circle. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, it } from 'vitest';

/** From the bottom up; folders of one row do not know each other. */
const layers: readonly (readonly string[])[] = [
  ['values'],
  ['transport'],
  ['connection'],
  ['server', 'client', 'operators'],
  ['handlers'],
  ['simulation'],
  ['index.ts', 'testing.ts'],
  ['metrics'],
  ['metrics.ts'],
  ['app'],
];

/** Modules of Node and packages, each with the only files that may import it. */
const reserved: Record<string, readonly string[]> = {
  'node:net': [
    'accept-queue',
    'address-list',
    'addresses',
    'direct-io',
    'direct-read',
    'direct-write',
    'listener',
    'reread',
    'reset-connecting',
    'socket',
    'socket-io',
    'tls',
    'unix-path',
  ].map((file) => `transport/node/${file}.ts`),
  'node:tls': ['securable-socket', 'tls'].map((file) => `transport/node/${file}.ts`),
  'node:http': ['app/monitoring.ts'],
  'prom-client': ['metrics/metric-group.ts'],
  commander: [
    'admission',
    'combinations',
    'connect',
    'fault-lines',
    'faults',
    'help',
    'limits',
    'live',
    'listening',
    'monitoring',
    'options',
    'program',
    'proxy',
    'running',
    'serve',
    'settings',
    'tls',
    'values',
  ]
    .map((file) => `app/flags/${file}.ts`)
    .concat('app/main.ts'),
};

const files = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

const importsOf = (file: string): string[] =>
  [...readFileSync(join('lib', file), 'utf8').matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)].map(
    ([, name]) => name as string,
  );

/** The files of lib/ that a file of lib/ imports. */
const ownImportsOf = (file: string): string[] =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(file), name).replace(/\.js$/, '.ts'));

const roomOf = (file: string) => file.split('/')[0] as string;
const layerOf = (file: string) => layers.findIndex((rooms) => rooms.includes(roomOf(file)));

describe('the imports of lib/', () => {
  it('every file has a layer, and the files were found', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => layerOf(file) === -1)).toEqual([]);
  });

  it('point to the same folder or to a layer below', () => {
    const wrong = files.flatMap((file) =>
      ownImportsOf(file)
        .filter((imported) => roomOf(imported) !== roomOf(file) && layerOf(imported) >= layerOf(file))
        .map((imported) => `${file} -> ${imported}`),
    );
    expect(wrong).toEqual([]);
  });

  it('point to files that are there', () => {
    expect(files.flatMap(ownImportsOf).filter((file) => !files.includes(file))).toEqual([]);
  });

  it('close no circle', () => {
    const onCircle = files.filter((start) => {
      const reached = new Set<string>();
      const queue = ownImportsOf(start);
      for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
        if (reached.has(file)) continue;
        reached.add(file);
        queue.push(...ownImportsOf(file));
      }
      return reached.has(start);
    });
    expect(onCircle).toEqual([]);
  });

  it('reach past the public surface nowhere in the command', () => {
    const inside = files.filter((file) => roomOf(file) === 'app').flatMap(ownImportsOf);
    const surface = ['index.ts', 'metrics.ts'];
    expect(inside.filter((file) => roomOf(file) !== 'app' && !surface.includes(file))).toEqual([]);
  });

  for (const [name, allowed] of Object.entries(reserved)) {
    it(`${name} is imported by ${allowed.join(' and ')} alone`, () => {
      expect(files.filter((file) => importsOf(file).includes(name)).sort()).toEqual([...allowed].sort());
    });
  }
});
