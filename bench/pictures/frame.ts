/** One picture as SVG text: what Plot draws, under a title, on paper of its own. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { colours } from './palette.js';

export interface Frame extends Plot.PlotOptions {
  readonly title: string;
  /** What the axes do not say; wrapped. */
  readonly subtitle: string;
  readonly width: number;
  /** Of what is below the title. */
  readonly height: number;
  readonly marginTop: number;
  readonly marginLeft: number;
}

/** Narrower than this, two things do not stand side by side. */
const wideFrom = 600;
const edge = 12;
/** Of an average character of the widest usual font, in ems. */
const emsPerCharacter = 0.54;
const textPx = 12;
const linePx = 16;
/** Of the title and what is above and below it. */
const titlePx = 40;

export function isWide(width: number): boolean {
  return width >= wideFrom;
}

/** How much room a text takes at most, in the size of labels. */
export function textWidth(text: string): number {
  return Math.ceil(text.length * emsPerCharacter * textPx);
}

/** Without colours: the page that it stands in has them, or `standalone` adds them. */
export function draw({ title, subtitle, marks = [], marginTop, height, ...rest }: Frame): string {
  const lines = wrapped(subtitle, rest.width - 2 * edge);
  const headerPx = titlePx + lines.length * linePx;
  const { document } = parseHTML('<html><body></body></html>');
  const place = { facet: 'super', frameAnchor: 'top-left', lineAnchor: 'top', dx: edge - rest.marginLeft } as const;
  const top = -headerPx - marginTop;
  const svg = Plot.plot({
    ...rest,
    document,
    height: height + headerPx,
    marginTop: headerPx + marginTop,
    style: { fontSize: `${textPx}px`, fontFamily: 'system-ui, sans-serif', color: 'var(--ink)' },
    marks: [
      ...marks,
      Plot.text([title], { ...place, dy: top + 12, fontSize: 16, fontWeight: 700 }),
      Plot.text([lines.join('\n')], { ...place, dy: top + 34, lineHeight: linePx / textPx, fill: 'var(--muted)' }),
    ],
  });
  const paper = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  for (const [name, value] of Object.entries({ width: '100%', height: '100%', rx: '6', fill: 'var(--paper)' })) {
    paper.setAttribute(name, value);
  }
  const name = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  name.textContent = title;
  svg.prepend(name, paper);
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  return svg.outerHTML;
}

/** As a file of its own, which has its colours with it. */
export function standalone(svg: string): string {
  return `${svg.replace('<title>', `<style>${colours}</style><title>`)}\n`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (textWidth(longer) <= width) lines.splice(-1, 1, longer);
    else lines.push(word);
  }
  return lines;
}
