/** The subject at a glance: ten clients come at once, and each is a bar, until it is answered. */
import * as Plot from '@observablehq/plot';
import type { Result } from '../run/result.js';
import { draw } from './frame.js';
import { lookOf } from './palette.js';
import { cellsOf, runsOf } from './select.js';
import { seconds } from './units.js';

interface Bar {
  readonly panel: string;
  readonly client: number;
  readonly colour: string;
  /** In seconds: when it came, when its turn was, when it was answered. */
  readonly came: number;
  readonly turn: number;
  readonly answered: number;
}

/** Who serves all at once, and how. */
const concurrent: Readonly<Record<string, string>> = {
  'python-threads': 'A thread for each client (python-threads)',
  'rxjs-tcp': 'One thread for all (rxjs-tcp)',
};
const computed = 'One after another (computed)';
const barPx = 9;
/** Above each panel its name. */
const panelGap = 40;
const margins = { marginLeft: 70, marginRight: 24, marginTop: 34, marginBottom: 44 };

export function timeline(result: Result, width: number): string | undefined {
  const delay = (result.scenarios.find(({ name }) => name === 'storm')?.delayMs ?? 0) / 1000;
  const [smallest] = cellsOf(result, 'storm');
  const measured = runsOf(result, 'storm').filter(({ cell, round }) => cell === smallest?.name && round === 0);
  const bars = Object.entries(concurrent).flatMap(([peer, panel]) => {
    const times = measured.find((run) => run.peer === peer)?.report?.timeline ?? [];
    return inOrder(times).map(([cameMs, answeredMs], index) => {
      const came = cameMs / 1000;
      return { panel, client: index + 1, colour: lookOf(peer).colour, came, turn: came, answered: answeredMs / 1000 };
    });
  });
  const clients = Math.max(...bars.map(({ client }) => client));
  return bars.length === 0 ? undefined : pictureOf([...oneAfterAnother(clients, delay), ...bars], delay, width);
}

function inOrder(times: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return times.toSorted(([, a], [, b]) => a - b);
}

function oneAfterAnother(clients: number, delay: number): Bar[] {
  return Array.from({ length: clients }, (_, index) => {
    return {
      panel: computed,
      client: index + 1,
      colour: 'var(--muted)',
      came: 0,
      turn: index * delay,
      answered: (index + 1) * delay,
    };
  });
}

function pictureOf(bars: readonly Bar[], delay: number, width: number): string {
  const panels = [...new Set(bars.map(({ panel }) => panel))];
  const clients = [...new Set(bars.map(({ client }) => client))];
  const panelPx = clients.length * barPx;
  const last = Math.max(...bars.map(({ answered }) => answered));
  const words = panels.map((panel) => {
    const answered = Math.max(...bars.filter((bar) => bar.panel === panel).map((bar) => bar.answered));
    return { panel, answered, text: `all ${clients.length} answered after ${seconds(answered)}` };
  });
  const place = { fy: 'panel', y: 'client' };
  return draw({
    title: `${clients.length} clients, ${delay} s of work for each`,
    subtitle: `All come at once. Each bar is a client, pale while it waits for its turn, dark during its own ${delay} s; the dot is its answer.`,
    width,
    height: margins.marginTop + margins.marginBottom + panels.length * panelPx + (panels.length - 1) * panelGap,
    ...margins,
    x: { domain: [0, last] },
    y: { type: 'band', domain: clients, axis: null, padding: 0.25 },
    fy: { domain: panels, axis: null, paddingInner: panelGap / (panelPx + panelGap), paddingOuter: 0 },
    marks: [
      Plot.gridX({ stroke: 'var(--rule)', strokeOpacity: 1 }),
      Plot.axisX({ tickSize: 0, label: null }),
      Plot.text(['seconds since they came'], { facet: 'super', frameAnchor: 'bottom', dy: 36 }),
      Plot.barX(bars, { ...place, x1: 'came', x2: 'turn', fill: 'var(--pale)' }),
      Plot.barX(bars, { ...place, x1: 'turn', x2: 'answered', fill: 'colour' }),
      Plot.dot(bars, { ...place, x: 'answered', r: 3, fill: 'var(--ink)' }),
      Plot.text(panels, { fy: panels, text: panels, frameAnchor: 'top-left', dy: -20, fontWeight: 600 }),
      Plot.axisY([1, clients.length], { tickFormat: (client: number) => `client ${client}`, tickSize: 0, label: null }),
      Plot.text(
        words.filter(({ panel }) => panel === computed),
        { fy: 'panel', text: 'text', frameAnchor: 'top-right', dy: 8 },
      ),
      Plot.text(
        words.filter(({ panel }) => panel !== computed),
        { fy: 'panel', x: 'answered', text: 'text', frameAnchor: 'middle', textAnchor: 'start', dx: 12 },
      ),
    ],
  });
}
