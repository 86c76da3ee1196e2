/** Files stay short and words stay plain: what this spec lists does not come back. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const maxLines = 250;

/** Files of lib/ that may be longer, each with the reason. */
const longFiles: Record<string, string> = {};

/** Words that hide the subject or the field's term, as patterns, each with what to write instead. */
const banned: Record<string, string> = {
  amid: 'during, between',
  'at the door': 'in the accept queue',
  'befalls?': 'happens to',
  beneath: 'below, under',
  'bequeath\\w*': 'set inherited options',
  'hoards?': 'held bytes, backlog',
  'lets? go': 'close, release',
  'lets? in': 'accept',
  'mends?': 'fix',
  'of late(?!\\x20[a-z])': 'recently', // "a count of late replies" is plain
  'said all': 'ended its side',
  whoever: 'the peer, the client, the handler',
  whom: 'the peer, the client, the handler',
};

/** Words for persons: in lib/ the subject is a peer, a client, a kernel, a connection, a handler. */
const bannedInLib: Record<string, string> = {
  who: 'the peer that, the client that',
  whose: 'with, of which',
  '(?:any|every|no|some)body': 'any peer, all clients, no server, another process',
};

const isProse = (file: string) => /\.(?:ts|mjs|md|py|c|go)$/.test(file) && file !== 'spec/prose.spec.ts';

function filesOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.map((file) => `${folder}/${file}`).filter(isProse);
}

/** Each place of a banned pattern, also where a line break of a comment is inside it. */
function placesIn(text: string, file: string, patterns: Record<string, string>): string[] {
  return Object.entries(patterns).flatMap(([pattern, instead]) => {
    const words = new RegExp(`\\b(?:${pattern})\\b`.replaceAll(' ', '[\\s*/>]+'), 'gi');
    return [...text.matchAll(words)].map(({ 0: found, index }) => {
      const line = text.slice(0, index).split('\n').length;
      return `${file}:${line}: "${found.replaceAll(/[\s*/>]+/g, ' ')}": write "${instead}"`;
    });
  });
}

const placesOf = (files: readonly string[], patterns: Record<string, string>) =>
  files.flatMap((file) => placesIn(readFileSync(file, 'utf8'), file, patterns));

const lib = filesOf('lib');

describe('the files of lib/', () => {
  it(`have at most ${maxLines} lines, or a reason`, () => {
    const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1;
    const long = lib.filter((file) => linesOf(file) > maxLines && !Object.hasOwn(longFiles, file));
    expect(lib.length).toBeGreaterThan(20);
    expect(long.map((file) => `${file}: ${linesOf(file)} lines`)).toEqual([]);
    expect(Object.keys(longFiles).filter((file) => linesOf(file) <= maxLines)).toEqual([]);
  });
});

describe('banned words', () => {
  it('are found in any case and across the lines of a comment', () => {
    const text = '/**\n * Closes whoever is at the\n * door. Amid late replies, a count of late replies.\n */';
    expect(placesIn(text, 'a.ts', banned).map((place) => place.split(': write')[0])).toEqual([
      'a.ts:3: "Amid"',
      'a.ts:2: "at the door"',
      'a.ts:2: "whoever"',
    ]);
  });

  it.each(['lib', 'docs', 'bench', 'examples', 'spec'])('are not in %s/', (folder) => {
    expect(placesOf(filesOf(folder), banned)).toEqual([]);
  });

  it('are not in README.md and CONTRIBUTING.md', () => {
    expect(placesOf(['README.md', 'CONTRIBUTING.md'], banned)).toEqual([]);
  });

  it('for persons are not in lib/', () => {
    expect(placesOf(lib, bannedInLib)).toEqual([]);
  });
});
