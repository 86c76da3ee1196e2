/** A row for each peer on a logarithmic axis, in panels side by side: a line of dots, and the figure that it stands for. */
import * as Plot from '@observablehq/plot';
import { draw, type Frame, grid, logTicks, widthPx } from './frame.js';
import { colourOf } from './palette.js';

export interface Row {
  readonly panel: string;
  readonly peer: string;
  /** Two or three: a small dot, a large one, a ring. */
  readonly values: readonly number[];
  readonly figure: string;
}

export interface RowChart extends Pick<Frame, 'title' | 'subtitle'> {
  readonly label: string;
  readonly format: (value: number) => string;
  /** The best peer of the first panel comes first. */
  readonly rows: readonly Row[];
}

const rowPx = 20;
/** Of the outermost dots in a panel. */
const inset = 10;
const margins = { marginLeft: 116, marginRight: 60, marginTop: 28, marginBottom: 44 };
const dots = [
  { r: 3, fill: 'colour' },
  { r: 5, fill: 'colour' },
  { r: 4.5, fill: 'var(--paper)' },
];

export function rowChart({ title, subtitle, label, format, rows: all }: RowChart): string | undefined {
  const rows = all.filter(({ values }) => values.every((value) => value > 0)); // NaN: there is no baseline
  if (rows.length === 0) return undefined;
  const panels = [...new Set(rows.map(({ panel }) => panel))];
  const first = rows.filter(({ panel }) => panel === panels[0]);
  const best = first.toSorted((a, b) => (a.values[1] ?? 0) - (b.values[1] ?? 0));
  const peers = [...new Set([...best, ...rows].map(({ peer }) => peer))];
  const drawn = rows.map((row) => {
    return { ...row, colour: colourOf(row.peer), start: Math.min(...row.values), end: Math.max(...row.values) };
  });
  const names = peers.map((peer) => ({ peer, panel: panels[0], colour: colourOf(peer) }));
  const gap = panels.length > 1 ? 0.36 : 0;
  const panelPx = ((widthPx - margins.marginLeft - margins.marginRight) * (1 - gap)) / (panels.length - gap);
  const values = rows.flatMap((row) => row.values);
  const ticks = logTicks(values, panelPx - 2 * inset, format);
  const place = { fx: 'panel', y: 'peer' };
  return draw({
    title,
    subtitle,
    height: margins.marginTop + margins.marginBottom + peers.length * rowPx,
    ...margins,
    x: { type: 'log', inset },
    y: { type: 'band', domain: peers, axis: null, padding: 0.2 },
    fx: { domain: panels, axis: null, paddingInner: gap, paddingOuter: 0 },
    marks: [
      Plot.gridX(ticks, grid),
      Plot.axisX(ticks, { text: format, tickSize: 0, label: null }),
      Plot.text([label], { facet: 'super', frameAnchor: 'bottom', dy: 36 }),
      Plot.text(panels, { fx: panels, text: panels, frameAnchor: 'top-left', dy: -20, fontWeight: 600 }),
      Plot.text(names, { ...place, text: 'peer', fill: 'colour', frameAnchor: 'left', textAnchor: 'end', dx: -10 }),
      Plot.link(drawn, { ...place, x1: 'start', x2: 'end', stroke: 'colour', strokeWidth: 2, strokeOpacity: 0.45 }),
      ...dots.map(({ r, fill }, index) => {
        const having = drawn.filter(({ values }) => values.length > index);
        return Plot.dot(having, { ...place, x: ({ values }: Row) => values[index], r, stroke: 'colour', fill });
      }),
      Plot.text(drawn, {
        ...place,
        text: 'figure',
        x: 'end',
        textAnchor: 'start',
        dx: 9,
        stroke: 'var(--paper)',
        strokeWidth: 4,
        fill: 'var(--ink)',
      }),
    ],
  });
}
