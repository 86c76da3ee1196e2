/** The table of ratios in Markdown, for the README. */

import { oursName } from '../peers.js';
import type { Result } from '../run/result.js';
import { environmentLine } from '../run/table.js';
import { headlineOf, legend } from './headline.js';

export function markdownOf(result: Result): string {
  const { heads, rows } = headlineOf(result);
  const body = rows.map(({ peer, entries }) => {
    const name = peer === oursName ? `**${peer}**` : peer;
    return [name, ...entries.map(({ figure, ratio, beatsUs }) => [figure, ratio, beatsUs ? '▾' : ''].join(' ').trim())];
  });
  const lines = [['', ...heads], ['---', ...heads.map(() => '---')], ...body];
  const table = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `${table}\n\n${legend}\n\n${environmentLine(result.environment)}\n`;
}
