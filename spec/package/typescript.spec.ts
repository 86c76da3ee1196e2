/** The package's types under every supported TypeScript, with both ways to resolve it, in a project that sets no types. */
import { writeFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { fine, run, tool } from './support/tool.js';
import { typescripts } from './support/tools.js';

const modules = {
  NodeNext: { module: 'NodeNext' },
  Bundler: { module: 'ESNext', moduleResolution: 'Bundler' },
};

describe.each(Object.keys(typescripts))('with TypeScript %s', (version) => {
  it.each(Object.entries(modules))('and %s, the examples compile', async (name, options) => {
    const compilerOptions = { ...options, ...strict, types: [] };
    expect(await compile(version, name, { compilerOptions, include: ['examples'] })).toEqual(fine(''));
  });
});

/** Of the declarations that the package installs, every line is checked. */
const strict = {
  target: 'ES2022',
  lib: ['ES2022'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
};

function compile(version: string, name: string, config: object) {
  const file = `tsconfig.${version}.${name}.json`;
  writeFileSync(`${inject('project')}/${file}`, JSON.stringify(config));
  return run(process.execPath, [tool(`typescript-${version}/bin/tsc`), '--project', file]);
}
