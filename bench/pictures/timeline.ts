/** The subject at a glance: ten clients connect at once, and each is a bar that ends with its reply. */
import * as Plot from '@observablehq/plot';
import type { Result } from '../run/result.js';
import { draw, grid } from './frame.js';
import { colourOf } from './palette.js';
import { runsOf } from './rows.js';
import { digits } from './units.js';

interface Bar {
  readonly panel: string;
  readonly client: number;
  readonly colour: string;
  /** In seconds, since the first connect. */
  readonly connected: number;
  readonly turn: number;
  readonly answered: number;
}

const measured = [
  { peer: 'python-threads', name: 'A thread for each client (python-threads)' },
  { peer: 'rxjs-tcp', name: 'One thread for all (rxjs-tcp)' },
];
const barPx = 9;
/** Above each panel, for its name. */
const panelGap = 40;
const margins = { marginLeft: 70, marginRight: 24, marginTop: 34, marginBottom: 44 };

export function timeline(result: Result): string | undefined {
  const storm = result.scenarios.find(({ name }) => name === 'storm');
  const delay = (storm?.delayMs ?? 0) / 1_000;
  const runs = runsOf(result, 'storm').filter(({ cell, round }) => cell === storm?.cells[0]?.name && round === 0);
  const parallel = measured.flatMap(({ peer, name }) => {
    const times = runs.find((run) => run.peer === peer)?.report?.timeline ?? [];
    const bars = times.map(([connectedMs, answeredMs]) => {
      return { connected: connectedMs / 1_000, turn: connectedMs / 1_000, answered: answeredMs / 1_000 };
    });
    return panelOf(name, colourOf(peer), bars);
  });
  if (parallel.length === 0) return undefined;
  const clients = [...new Set(parallel.map(({ client }) => client))];
  const turns = clients.map((client) => ({ connected: 0, turn: (client - 1) * delay, answered: client * delay }));
  return pictureOf([...panelOf('One after another (computed)', 'var(--muted)', turns), ...parallel], clients, delay);
}

/** Clients in the order of their replies. */
function panelOf(name: string, colour: string, bars: readonly Pick<Bar, 'connected' | 'turn' | 'answered'>[]): Bar[] {
  const sorted = bars.toSorted((a, b) => a.answered - b.answered);
  const panel = `${name}: all ${bars.length} answered after ${digits(sorted.at(-1)?.answered ?? 0)} s`;
  return sorted.map((bar, index) => ({ ...bar, panel, colour, client: index + 1 }));
}

function pictureOf(bars: readonly Bar[], clients: readonly number[], delay: number): string {
  const panels = [...new Set(bars.map(({ panel }) => panel))];
  const panelPx = clients.length * barPx;
  const place = { fy: 'panel', y: 'client' };
  return draw({
    title: `${clients.length} clients, ${delay} s of work for each`,
    subtitle: `All connect at once. Each bar is a client, pale while it waits for its turn, dark during its own ${delay} s; the dot is its reply.`,
    height: margins.marginTop + margins.marginBottom + panels.length * panelPx + (panels.length - 1) * panelGap,
    ...margins,
    x: { domain: [0, Math.max(...bars.map(({ answered }) => answered))] },
    y: { type: 'band', domain: clients, axis: null, padding: 0.25 },
    fy: { domain: panels, axis: null, paddingInner: panelGap / (panelPx + panelGap), paddingOuter: 0 },
    marks: [
      Plot.gridX(grid),
      Plot.axisX({ tickSize: 0, label: null }),
      Plot.text(['seconds since they connected'], { facet: 'super', frameAnchor: 'bottom', dy: 36 }),
      Plot.barX(bars, { ...place, x1: 'connected', x2: 'turn', fill: 'var(--pale)' }),
      Plot.barX(bars, { ...place, x1: 'turn', x2: 'answered', fill: 'colour' }),
      Plot.dot(bars, { ...place, x: 'answered', r: 3, fill: 'var(--ink)' }),
      Plot.text(panels, { fy: panels, text: panels, frameAnchor: 'top-left', dy: -20, fontWeight: 600 }),
      Plot.axisY([1, clients.length], { tickFormat: (client: number) => `client ${client}`, tickSize: 0, label: null }),
    ],
  });
}
