/** A row a peer: dots on an axis, from the middle value to the highest. */
import * as Plot from '@observablehq/plot';
import { type Axis, domainOf, ticksOf } from './axis.js';
import { draw, type Frame } from './frame.js';
import { lookOf } from './palette.js';
import { peerRows } from './peer-rows.js';

export interface Row {
  readonly panel: string;
  readonly peer: string;
  /** The middle, the high and, where there is one, the highest: a small dot, a large one, a ring. */
  readonly values: readonly number[];
  readonly figure: string;
}

export interface RowChart extends Pick<Frame, 'title' | 'subtitle' | 'width'> {
  readonly x: Axis;
  readonly rows: readonly Row[];
}

const dots = [
  { r: 3, fill: 'colour' },
  { r: 5, fill: 'colour' },
  { r: 4.5, fill: 'var(--paper)' },
];

export function rowChart({ title, subtitle, width, x, rows }: RowChart): string {
  const domain = domainOf(
    x,
    rows.flatMap(({ values }) => values),
  );
  const ticks = ticksOf(x, domain);
  const looking = rows.map((row) => {
    return { ...row, ...lookOf(row.peer), start: row.values[0] ?? Number.NaN, end: row.values.at(-1) ?? Number.NaN };
  });
  const { place, options, marks } = peerRows(looking, width, x.label);
  return draw({
    title,
    subtitle,
    ...options,
    x: { type: x.type, domain },
    marks: [
      Plot.gridX(ticks, { stroke: 'var(--rule)', strokeOpacity: 1 }),
      Plot.axisX(ticks, { text: x.format, tickSize: 0, label: null }),
      Plot.link(looking, { ...place, x1: 'start', x2: 'end', stroke: 'colour', strokeWidth: 2, strokeOpacity: 0.45 }),
      ...dots.map(({ r, fill }, index) => {
        const having = looking.filter(({ values }) => values.length > index);
        return Plot.dot(having, { ...place, x: ({ values }: Row) => values[index], r, stroke: 'colour', fill });
      }),
      ...marks,
    ],
  });
}
