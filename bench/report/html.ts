/** The report: one page that needs no other file, no script and no network. */
import { oursName } from '../peers.js';
import { widthPx } from '../pictures/frame.js';
import { colours } from '../pictures/palette.js';
import { pictures } from '../pictures/pictures.js';
import { environmentLine } from '../run/environment.js';
import type { Result } from '../run/result.js';
import { remarks } from '../run/table.js';
import { headlineOf, legend } from './headline.js';

/** A page that is narrower than a picture or the table scrolls that alone. */
const style = `${colours}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1216px; padding: 16px; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 28px; line-height: 1.2; margin: 16px 0; }
h2 { font-size: 20px; margin: 40px 0 8px; }
p { max-width: 72ch; margin: 8px 0; }
.small { color: var(--muted); font-size: 14px; }
.scrolls { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; width: 100%; }
th, td { padding: 6px 12px; line-height: 1.3; text-align: right; font-weight: 400; border-bottom: 1px solid var(--rule); }
thead th { color: var(--muted); white-space: normal; vertical-align: bottom; }
tbody th { position: sticky; left: 0; background: var(--paper); text-align: left; }
td span { display: block; }
.ours { color: var(--ours); }
figure { margin: 24px 0 0; padding-top: 24px; border-top: 1px solid var(--rule); display: grid; gap: 12px 32px; }
figcaption { max-width: 60ch; }
svg { display: block; min-width: ${widthPx}px; }
@media (min-width: 1140px) { figure { grid-template-columns: ${widthPx}px 1fr; align-items: center; } }
li { overflow-wrap: anywhere; }`;

export function htmlOf(result: Result): string {
  const figures = pictures.flatMap(({ name, howToRead, draw }) => {
    const svg = draw(result);
    if (svg === undefined) return [];
    return `<figure id="${name}">
<div class="scrolls" tabindex="0">${svg}</div>
<figcaption>${escaped(howToRead)}</figcaption>
</figure>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${oursName}: the load benchmark</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${oursName} and other servers under load</h1>
<p>Echo servers that do one job: wait once for each connection, then answer every read with <code>Echo=&gt;DATA at TIME</code>.
${result.rounds === 1 ? 'One round: it says little about differences below a fifth.' : `Medians of ${result.rounds} rounds, or of fewer where a scenario has fewer.`}</p>
<p class="small">${escaped(environmentLine(result.environment))}</p>
</header>
<main>
<h2>Ratios</h2>
${tableOf(result)}
<p class="small">${escaped(legend)}</p>
<h2>Pictures</h2>
${figures.join('\n')}
<h2>What is not in the figures</h2>
<ul class="small">
${remarks(result)
  .map((note) => `<li>${escaped(note)}</li>`)
  .join('\n')}
</ul>
</main>
</body>
</html>
`;
}

function tableOf(result: Result): string {
  const { heads, rows } = headlineOf(result);
  const body = rows.map(({ peer, entries }) => {
    const cells = entries.map(({ figure, ratio, beatsUs }) => {
      return `<td>${escaped(figure)} <span>${escaped(ratio)}${beatsUs ? ' ▾' : ''}</span></td>`;
    });
    return `<tr${peer === oursName ? ' class="ours"' : ''}><th scope="row">${escaped(peer)}</th>${cells.join('')}</tr>`;
  });
  const head = heads.map((title) => `<th scope="col">${escaped(title)}</th>`).join('');
  return `<div class="scrolls" tabindex="0"><table>
<thead><tr><th></th>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
