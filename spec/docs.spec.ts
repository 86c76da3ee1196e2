/** The README and the pages of docs/: each program in them runs and prints what the page says; those of examples/ are shown as they are. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Ended, run } from './support/command.js';
import { timeless } from './support/timeless.js';

interface Block {
  /** Its file, of which the extension is its language. */
  readonly name: string;
  readonly heading: string;
  readonly language: string;
  readonly code: string;
  /** The file of examples/ that a comment before it names. */
  readonly file: string | undefined;
  /** What the page says that it prints: a text block after it, or a sentence such as "This prints `one`, `two`." */
  prints: string;
}

/** What runs the programs of each language. HAProxy checks its configuration. */
const interpreters: Readonly<Record<string, readonly [string, ...string[]]>> = {
  ts: [process.execPath],
  python: ['python3'],
  haproxy: ['haproxy', '-c', '-q', '-dW', '-f'],
};

/** Blocks of these languages in the README are played by readme.spec.ts. */
const played = ['sh', 'console'];

/** These run until they are stopped: a spec of examples/ talks to them. */
const servers: readonly (string | undefined)[] = ['examples/chat.ts'];

/** Each program has to end by itself within this time. */
const limitMs = 30_000;

/** Programs at once: each takes a processor to load, and has its time limit while it waits for one. */
vi.setConfig({ maxConcurrency: availableParallelism() });

/** Git ignores it. It is inside the package, so `rxjs-tcp` is the package itself, as built. */
const folder = 'coverage/docs';

const docs = readdirSync('docs').filter((file) => file.endsWith('.md'));
const pages = ['README.md', ...docs.map((file) => `docs/${file}`)];

/** The code blocks, headings and printed lines of a page. A fence comes first: in it, # begins a comment. */
const token =
  /^(?:<!-- (?<file>examples\/\S+) -->\n)?```(?<language>\w*)\n(?<code>.*?)^```$|^#+ (?<heading>[^\n]+)$|^(?:This )?prints (?<lines>(?:`[^`]+`(?:, )?)+)\./gms;

function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let heading = '';
  for (const { groups = {} } of readFileSync(page, 'utf8').matchAll(token)) {
    const { language, code = '', lines, file } = groups;
    const last = blocks.at(-1);
    const program = last?.heading === heading && last.prints === '' && last.language in interpreters ? last : undefined;
    if (groups.heading !== undefined) heading = groups.heading;
    else if (language === 'text' && program !== undefined) program.prints = code;
    else if (lines !== undefined && program !== undefined) program.prints = linesIn(lines);
    else if (language !== undefined) {
      const name = `${path.basename(page, '.md')}-${blocks.length + 1}.${language}`;
      blocks.push({ name, heading, language, code, file, prints: '' });
    }
  }
  return blocks;
}

/** Of "`one`, `two`": two lines. */
const linesIn = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, line]) => `${line}\n`).join('');

/** Of docs/tls.md, in the text: each option is one of a server, and `read` is what they use. */
function tlsLines(): string {
  const lines = [...readFileSync('docs/tls.md', 'utf8').matchAll(/`((?:read =|tls:) [^`]+)`/g)].map(([, line]) => line);
  const [read, ...options] = lines as [string, ...string[]];
  expect(options.length).toBe(2);
  return [
    "import { readFileSync, watch } from 'node:fs';",
    "import { debounceTime, fromEvent, map, startWith } from 'rxjs';",
    "import { tcpServer } from 'rxjs-tcp';",
    `const ${read};`,
    ...options.map((option) => `tcpServer({ port: 0, ${option} }, (chunks$) => chunks$);`),
  ].join('\n');
}

let compiled: Ended;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, code } of pages.flatMap(blocksOf)) writeFileSync(`${folder}/${name}`, code);
  writeFileSync(`${folder}/tls-lines.ts`, tlsLines());
  const config = { extends: '../../tsconfig.json', compilerOptions: { paths: {} }, include: ['.'] };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config));
  compiled = await run(process.execPath, ['node_modules/typescript/bin/tsc', '--project', folder]);
});

it('the ts blocks of all pages compile, and the lines of code in the text of docs/tls.md', () => {
  expect(compiled).toEqual({ status: 0, stdout: '', stderr: '' });
});

describe.each(pages)('%s', (page) => {
  const blocks = blocksOf(page);

  for (const [language, [program, ...args]] of Object.entries(interpreters)) {
    const lacks = spawnSync(program, ['--version']).error !== undefined;
    const why = lacks ? ` (skipped: there is no ${program})` : '';
    const runnable = blocks.filter((block) => block.language === language && !servers.includes(block.file));
    for (const { name, heading, prints } of runnable) {
      const options = { concurrent: true, skip: lacks, timeout: limitMs };
      it(`${heading}: ${name} prints what the page says${why}`, options, async () => {
        const { status, stdout, stderr } = await run(program, [...args, `${folder}/${name.replace(/\.ts$/, '.js')}`]);
        const expected = { status: 0, stdout: timeless(prints), stderr: '' };
        expect({ status, stdout: timeless(stdout), stderr }).toEqual(expected);
      });
    }
  }

  it('shows files of examples/ as they are', () => {
    const shown = blocks.filter(({ file }) => file !== undefined);
    expect(shown.length).toBe(readFileSync(page, 'utf8').split('<!-- examples/').length - 1);
    for (const { file, code } of shown) expect(code).toBe(readFileSync(file as string, 'utf8'));
  });

  it('has code in languages that a spec runs, and output only of programs', () => {
    const known = [...Object.keys(interpreters), ...(page === 'README.md' ? played : [])];
    expect(blocks.filter(({ language }) => !known.includes(language)).map(({ name }) => name)).toEqual([]);
  });
});

it('each program of examples/ is shown or linked', () => {
  const text = pages.map((page) => readFileSync(page, 'utf8')).join('');
  const programs = readdirSync('examples').filter((file) => file.endsWith('.ts'));
  expect(programs.length).toBeGreaterThan(5);
  expect(programs.filter((file) => !text.includes(`examples/${file}`))).toEqual([]);
});

it('the figures of docs/concepts.md are in docs/performance.md', () => {
  const figures = readFileSync('docs/concepts.md', 'utf8').match(/\d+(?:\.\d+ (?:µs|ms|s|kB)| µs)/g) ?? [];
  const measured = readFileSync('docs/performance.md', 'utf8');
  expect(figures.length).toBeGreaterThan(0);
  expect(figures.filter((figure) => !measured.includes(` ${figure} `))).toEqual([]);
});
