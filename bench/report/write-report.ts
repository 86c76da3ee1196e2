/** Everything that is made from a result: the page, each picture as a file, the table for the README, the JSON. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { standalone } from '../pictures/frame.js';
import { pictures } from '../pictures/pictures.js';
import type { Result } from '../run/result.js';
import { writeResult } from '../run/result-file.js';
import { htmlOf, wideWidth } from './html.js';
import { markdownOf } from './markdown.js';

/** It explains the subject to who knows nothing of it. */
const docsPicture = 'timeline';

/** What the README shows, as `bench.svg`. */
export function writeDocs(result: Result, folder: string): void {
  const svg = pictures.find(({ name }) => name === docsPicture)?.draw(result, wideWidth);
  if (svg === undefined) throw new Error(`The result has no storm, which ${docsPicture} shows`);
  writeFileSync(join(folder, 'bench.svg'), standalone(svg));
}

export function writeReport(result: Result, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('index.html', htmlOf(result));
  write('table.md', markdownOf(result));
  writeResult(result, join(folder, 'result.json'));
  for (const { name, draw } of pictures) {
    const svg = draw(result, wideWidth);
    if (svg !== undefined) write(`${name}.svg`, standalone(svg));
  }
}
