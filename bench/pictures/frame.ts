/** One picture as SVG text: what Plot draws, below a title and a subtitle, on its own paper. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { colours } from './palette.js';

export interface Frame extends Plot.PlotOptions {
  readonly title: string;
  /** What the axes do not say, in at most two lines. */
  readonly subtitle: string;
  /** Without title and subtitle. */
  readonly height: number;
  readonly marginTop: number;
  readonly marginLeft: number;
}

export const widthPx = 720;
export const grid = { stroke: 'var(--rule)', strokeOpacity: 1 };
const textPx = 12;
const linePx = 16;
const edgePx = 12;
/** Plot wraps by the widths of Helvetica; the widest usual font is that much wider. */
const widestFont = 1.15;
const headerPx = 40 + 2 * linePx;

/** Without colours: the page defines them, or `standalone` adds them. */
export function draw({ title, subtitle, marks = [], marginTop, height, ...rest }: Frame): string {
  const { document } = parseHTML('<html><body></body></html>');
  const place = { facet: 'super', frameAnchor: 'top-left', lineAnchor: 'top', dx: edgePx - rest.marginLeft } as const;
  const top = -headerPx - marginTop;
  const wrap = { lineWidth: (widthPx - 2 * edgePx) / textPx / widestFont, lineHeight: linePx / textPx };
  const svg = Plot.plot({
    ...rest,
    document,
    width: widthPx,
    height: height + headerPx,
    marginTop: headerPx + marginTop,
    style: { fontSize: `${textPx}px`, fontFamily: 'system-ui, sans-serif', color: 'var(--ink)' },
    marks: [
      ...marks,
      Plot.text([title], { ...place, dy: top + 12, fontSize: 16, fontWeight: 700 }),
      Plot.text([subtitle], { ...place, ...wrap, dy: top + 34, fill: 'var(--muted)' }),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  const paper = '<rect width="100%" height="100%" rx="6" fill="var(--paper)" />';
  return svg.outerHTML.replace('>', `><title>${title}</title>${paper}`);
}

/** The picture as a file, with its colours. */
export function standalone(svg: string): string {
  return `${svg.replace('<title>', `<style>${colours}</style><title>`)}\n`;
}

const characterPx = 7;
const tickGapPx = 6;

/** For a logarithmic axis: 1, 2 and 5 of each decade, or 1 alone where labels would touch. Plot labels all nine, or hardly any. */
export function logTicks(values: readonly number[], axisPx: number, format: (value: number) => string): number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [Math.floor(Math.log10(least)), Math.floor(Math.log10(most))];
  const decades = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  const within = (ticks: number[]) => ticks.filter((tick) => tick >= least && tick <= most);
  const at = (tick: number) => (axisPx * Math.log(tick / least)) / Math.log(most / least);
  const halfPx = (tick: number) => (format(tick).length * characterPx) / 2;
  const apart = (ticks: number[]) => {
    const kept: number[] = [];
    for (const tick of ticks) {
      const before = kept.at(-1);
      if (before === undefined || at(tick) - at(before) >= halfPx(before) + tickGapPx + halfPx(tick)) kept.push(tick);
    }
    return kept;
  };
  const fine = within(decades.flatMap((decade) => [decade, 2 * decade, 5 * decade]));
  const [some, coarse] = [apart(fine), apart(within(decades))];
  return some.length === fine.length || coarse.length === 0 ? some : coarse;
}
