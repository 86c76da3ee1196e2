/** The frame of charts with a row for each peer: panels side by side, or below each other where it is narrow. */
import * as Plot from '@observablehq/plot';
import { isWide } from './frame.js';
import { lookOf } from './palette.js';
import { peersOf } from './select.js';

export interface PeerRow {
  readonly panel: string;
  readonly peer: string;
  /** Where the figure stands, right of what is drawn. */
  readonly end: number;
  readonly figure: string;
}

const rowPx = 20;
/** Above each panel its name. */
const panelGap = 34;
const margins = { marginLeft: 116, marginRight: 60, marginTop: 28, marginBottom: 44 };

/** Panels and peers stand in the order in which they come; `place` is for the channels of marks. */
export function peerRows(rows: readonly PeerRow[], width: number, xLabel: string) {
  const panels = [...new Set(rows.map(({ panel }) => panel))];
  const peers = peersOf(rows);
  const direction = isWide(width) ? 'fx' : 'fy';
  const several = panels.length > 1;
  const panelPx = peers.length * rowPx;
  const panelsDown = direction === 'fy' ? panels.length : 1;
  const place = { ...(several && { [direction]: 'panel' }), y: 'peer' };
  const names = rows.filter(({ panel }) => direction === 'fy' || panel === panels[0]);
  const labels = (of: readonly PeerRow[], options: Plot.TextOptions) =>
    peersOf(of).map((peer) => {
      const { colour, fontWeight } = lookOf(peer);
      const own = of.filter((row) => row.peer === peer);
      return Plot.text(own, { ...place, fill: colour, fontWeight, ...options });
    });
  return {
    place,
    options: {
      width,
      height: margins.marginTop + margins.marginBottom + panelsDown * panelPx + (panelsDown - 1) * panelGap,
      ...margins,
      y: { type: 'band', domain: peers, axis: null, padding: 0.2 },
      ...(several && {
        fx: { domain: panels, axis: null, paddingInner: 0.36, paddingOuter: 0 },
        fy: { domain: panels, axis: null, paddingInner: panelGap / (panelPx + panelGap), paddingOuter: 0 },
      }),
    } satisfies Plot.PlotOptions,
    marks: [
      Plot.text([xLabel], { facet: 'super', frameAnchor: 'bottom', dy: 36 }),
      Plot.text(panels, {
        ...(several && { [direction]: panels }),
        text: panels,
        frameAnchor: 'top-left',
        dy: -20,
        fontWeight: 600,
      }),
      ...labels(names, { text: 'peer', frameAnchor: 'left', textAnchor: 'end', dx: -10 }),
      ...labels(rows, {
        text: 'figure',
        x: 'end',
        textAnchor: 'start',
        dx: 9,
        stroke: 'var(--paper)',
        strokeWidth: 4,
        fill: 'var(--ink)',
      }),
    ],
  };
}
