/** All that is made from a result: the page, each picture as a file, the tables in Markdown, the JSON. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { standalone } from '../pictures/frame.js';
import { pictures } from '../pictures/pictures.js';
import { timeline } from '../pictures/timeline.js';
import type { Result } from '../run/result.js';
import { tablesOf } from './headline.js';
import { htmlOf } from './html.js';

/** The README's picture, `bench.svg`: the timeline, because it explains the subject to a newcomer. */
export function writeDocs(result: Result, folder: string): void {
  const svg = timeline(result);
  if (svg === undefined) throw new Error('The result has no storm, which the timeline shows');
  writeFileSync(join(folder, 'bench.svg'), standalone(svg));
}

export function writeReport(result: Result, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('result.json', `${JSON.stringify(result, undefined, 1)}\n`);
  write('index.html', htmlOf(result));
  write('table.md', tablesOf(result));
  for (const { name, draw } of pictures) {
    const svg = draw(result);
    if (svg !== undefined) write(`${name}.svg`, standalone(svg));
  }
}
