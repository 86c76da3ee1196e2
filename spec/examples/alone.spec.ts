/** The examples are short and listed, and one command runs them; those that end, and that no page shows, print what they say. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compiledExamples, runExample } from '../support/command.js';

const pages = ['README.md', 'docs/recipes.md', 'docs/testing.md'].map((page) => readFileSync(page, 'utf8')).join('');
const files = readdirSync('examples').filter((file) => file.endsWith('.ts'));

describe.each(files)('examples/%s', (file) => {
  it('is shorter than 60 lines', () => {
    expect(readFileSync(`examples/${file}`, 'utf8').trimEnd().split('\n').length).toBeLessThan(60);
  });

  it('is on a page', () => {
    expect(pages).toContain(`examples/${file}`);
  });
});

it('npm run example compiles the examples and runs the one that is named', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(scripts.example).toBe(`tsc --project examples && cd ${compiledExamples} && node`);
});

describe('examples/proxy.ts', () => {
  it('passes two connections on to two servers, and tells each where they come from', async () => {
    const { stdout, ...ended } = await runExample('proxy');
    expect(ended).toEqual({ status: 0, stderr: '' });
    const line = /^(one|two) got hello from (127\.0\.0\.1:\d+) via (127\.0\.0\.1:\d+)$/gm;
    const [first = [], second = []] = [...stdout.matchAll(line)];
    expect([first[1], second[1]].toSorted()).toEqual(['one', 'two']);
    expect(new Set([...first.slice(2), ...second.slice(2)]).size).toBe(4); // the two clients, and the proxy's ends
  });
});

describe('examples/send-file.ts', () => {
  it('sends a whole file', async () => {
    const { size } = statSync(`${compiledExamples}/send-file.js`);
    expect(await runExample('send-file')).toEqual({ status: 0, stdout: `${size} bytes\n`, stderr: '' });
  });
});
