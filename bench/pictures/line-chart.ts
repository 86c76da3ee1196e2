/** Lines over an axis, one a peer, each with its name and last figure where it ends. */
import * as Plot from '@observablehq/plot';
import { type Axis, domainOf, extentOf, pixels, ticksOf } from './axis.js';
import { draw, type Frame, textWidth } from './frame.js';
import { type Look, lookOf } from './palette.js';
import { spreadLabels } from './spread-labels.js';

export interface Line {
  readonly peer: string;
  readonly points: readonly (readonly [number, number])[];
}

export interface LineChart extends Pick<Frame, 'title' | 'subtitle' | 'width'> {
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /** At a line's end, beside the name; its last figure, where this is left out. */
  readonly figure?: (line: Line) => string;
  /** Drawn below the lines. */
  readonly marks?: Plot.Markish[];
}

const margins = { marginLeft: 62, marginTop: 34, marginBottom: 44 };
const labelGap = 16;
/** From the end of a line to its label. */
const leaderPx = 20;
const leastHeight = 320;

export function lineChart({ title, subtitle, width, x, y, lines, figure, marks = [] }: LineChart): string {
  const drawn = lines.filter(({ points }) => points.length > 0);
  const named = drawn.map((line) => {
    const [endX, endY] = line.points.at(-1) as readonly [number, number];
    return { ...line, ...lookOf(line.peer), endX, endY, label: `${line.peer} ${figure?.(line) ?? y.format(endY)}` };
  });
  const marginRight = leaderPx + Math.max(...named.map(({ label }) => textWidth(label))) + 8;
  const height = Math.max(leastHeight, margins.marginTop + margins.marginBottom + drawn.length * labelGap);
  const [bottom, right] = [height - margins.marginBottom, width - marginRight];
  const xDomain = extentOf(drawn.flatMap(({ points }) => points.map(([at]) => at)));
  const yDomain = domainOf(
    y,
    drawn.flatMap(({ points }) => points.map(([, value]) => value)),
  );
  const toX = pixels(x, xDomain, [margins.marginLeft, right]);
  const toY = pixels(y, yDomain, [bottom, margins.marginTop]);
  const wanted = named.map(({ endY }) => toY.apply(endY));
  const places = spreadLabels(wanted, labelGap, margins.marginTop, bottom);
  const labels = named.map((line, index) => {
    return { ...line, x: toX.invert(right + leaderPx), y: toY.invert(places[index] ?? 0) };
  });
  const ticks = ticksOf(y, yDomain);

  return draw({
    title,
    subtitle,
    width,
    height,
    ...margins,
    marginRight,
    x: { type: x.type, domain: xDomain },
    y: { type: y.type, domain: yDomain },
    marks: [
      Plot.gridY(ticks, { stroke: 'var(--rule)', strokeOpacity: 1 }),
      Plot.axisX(ticksOf(x, xDomain), { text: x.format, tickSize: 0, label: null }),
      Plot.axisY(ticks, { text: y.format, tickSize: 0, label: null }),
      Plot.text([x.label], { frameAnchor: 'bottom', dy: 36 }),
      Plot.text([y.label], { frameAnchor: 'top-left', dx: 12 - margins.marginLeft, dy: -22 }),
      ...marks,
      Plot.link(labels, {
        x1: 'endX',
        y1: 'endY',
        x2: 'x',
        y2: 'y',
        stroke: 'colour',
        strokeOpacity: 0.6,
        strokeWidth: 0.75,
      }),
      ...named.toSorted(thicker).flatMap(lineMarks),
      ...labels.map((label) =>
        Plot.text([label], {
          x: 'x',
          y: 'y',
          text: 'label',
          dx: 3,
          textAnchor: 'start',
          fill: 'colour',
          fontWeight: label.fontWeight,
        }),
      ),
    ],
  });
}

/** The thick ones are drawn last, and so stand above the others. */
function thicker(a: Look, b: Look): number {
  return a.strokeWidth - b.strokeWidth;
}

function lineMarks({ points, colour, strokeWidth, symbol }: Line & Look): Plot.Markish[] {
  return [
    Plot.line(points, { stroke: colour, strokeWidth }),
    Plot.dot(points, { fill: colour, symbol, r: strokeWidth + 1 }),
  ];
}
