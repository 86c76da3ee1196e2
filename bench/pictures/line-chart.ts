/** Lines on a logarithmic axis, one for each peer, labelled at the right edge with the peer's name and a figure. */
import * as Plot from '@observablehq/plot';
import { draw, type Frame, grid, logTicks } from './frame.js';
import { lookOf } from './palette.js';

export interface Point {
  readonly peer: string;
  readonly x: number;
  readonly y: number;
  /** Beside the peer's name, if this is its last point. Default: `y`. */
  readonly figure?: string;
}

interface Axis {
  readonly label: string;
  readonly format: (value: number) => string;
}

export interface LineChart extends Pick<Frame, 'title' | 'subtitle'> {
  readonly x: Axis & { readonly type: 'log' | 'linear' };
  readonly y: Axis & { readonly ticks?: number[] };
  readonly points: readonly Point[];
  /** Drawn below the lines. */
  readonly marks?: Plot.Markish[];
}

const height = 330;
const margins = { marginLeft: 68, marginTop: 34, marginBottom: 44, marginRight: 184 };
const labelGapPx = 16;
const leaderPx = 20;

/** Undefined where there is no line to draw: no peer has two points. */
export function lineChart({ title, subtitle, x, y, points, marks = [] }: LineChart): string | undefined {
  const xs = [...new Set(points.map((point) => point.x))];
  if (xs.length < 2) return undefined;
  const drawn = points
    .map((point) => ({ ...point, ...lookOf(point.peer) }))
    .toSorted((a, b) => a.strokeWidth - b.strokeWidth); // thick lines are drawn last, above the others
  const ys = points.map((point) => point.y);
  const yTicks = y.ticks ?? logTicks(ys, 8);
  return draw({
    title,
    subtitle,
    height,
    ...margins,
    x: { type: x.type },
    y: { type: 'log', inset: 10 },
    r: { type: 'identity' },
    marks: [
      Plot.gridY(yTicks, grid),
      Plot.axisX({ ticks: xs.length > 5 ? 6 : xs, tickFormat: x.format, tickSize: 0, label: null }),
      Plot.axisY(yTicks, { text: y.format, tickSize: 0, label: null }),
      Plot.text([x.label], { frameAnchor: 'bottom', dy: 36 }),
      Plot.text([y.label], { frameAnchor: 'top-left', dx: 12 - margins.marginLeft, dy: -22 }),
      ...marks,
      Plot.link(drawn, {
        ...atRightEdge('x2', 'y2', Plot.selectLast({ z: 'peer', x1: 'x', y1: 'y', x2: 'x', y2: 'y' })),
        stroke: 'colour',
        strokeOpacity: 0.6,
        strokeWidth: 0.75,
      }),
      Plot.line(drawn, { x: 'x', y: 'y', z: 'peer', stroke: 'colour', strokeWidth: 'strokeWidth' }),
      Plot.dot(drawn, { x: 'x', y: 'y', fill: 'colour', symbol: 'symbol', r: (point) => point.strokeWidth + 1 }),
      Plot.text(drawn, {
        ...atRightEdge('x', 'y', Plot.selectLast({ z: 'peer', x: 'x', y: 'y' })),
        text: (point: Point) => `${point.peer} ${point.figure ?? y.format(point.y)}`,
        fill: 'colour',
        textAnchor: 'start',
        dx: 3,
      }),
    ],
  });
}

/** Moves the last points, each no further than it must, to the right edge and so far apart that labels do not touch. */
function atRightEdge<T>(x: 'x' | 'x2', y: 'y' | 'y2', options: T) {
  return Plot.initializer(options, (_data, facets, channels, scales, dimensions) => {
    const pixels = Array.from(channels[y]?.value as number[], (value) => scales.y?.(value) as number);
    const ends = facets.flat().map((index) => ({ index, at: pixels[index] as number }));
    ends.sort((a, b) => a.at - b.at);
    let free = dimensions.marginTop;
    for (const end of ends) {
      end.at = Math.max(end.at, free);
      free = end.at + labelGapPx;
    }
    free = dimensions.height - dimensions.marginBottom;
    for (const end of ends.toReversed()) {
      end.at = pixels[end.index] = Math.min(end.at, free);
      free = end.at - labelGapPx;
    }
    const edge = dimensions.width - dimensions.marginRight + leaderPx;
    return { channels: { [x]: { value: pixels.map(() => edge) }, [y]: { value: pixels } } };
  });
}
