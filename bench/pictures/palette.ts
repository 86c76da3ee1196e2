/** How each peer looks in every picture: this project stands out, a family shares a colour, its members differ in shape. */
import { baselineName, oursName } from '../peers.js';

export interface Look {
  /** A custom property of `colours`. */
  readonly colour: string;
  readonly symbol: 'circle' | 'square' | 'triangle';
  readonly strokeWidth: number;
}

const plain = { symbol: 'circle', strokeWidth: 1.5 } as const;

const looks: Readonly<Record<string, Look>> = {
  [oursName]: { ...plain, colour: 'var(--ours)', strokeWidth: 3 },
  [baselineName]: { ...plain, colour: 'var(--ink)', strokeWidth: 2 },
  'obvious-rxjs': { ...plain, colour: 'var(--muted)', symbol: 'square' },
  'c-epoll': { ...plain, colour: 'var(--native)' },
  'c-libuv': { ...plain, colour: 'var(--native)', symbol: 'square' },
  go: { ...plain, colour: 'var(--go)' },
  uvloop: { ...plain, colour: 'var(--loop)' },
  asyncio: { ...plain, colour: 'var(--loop)', symbol: 'square' },
  'python-threads': { ...plain, colour: 'var(--threads)' },
  'python-class': { ...plain, colour: 'var(--threads)', symbol: 'square' },
  'python-fork': { ...plain, colour: 'var(--threads)', symbol: 'triangle' },
};

export function lookOf(peer: string): Look {
  return looks[peer] ?? { ...plain, colour: 'var(--muted)' };
}

/**
 * Each has a contrast of at least 4.5 to its paper, because labels are written in it. The hues are those of Okabe and
 * Ito, which colour-blind readers can tell apart, made darker or lighter.
 */
export const colours = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #16191d; --muted: #5b6470; --rule: #dde1e6; --pale: #d9dee5;
  --ours: #b84300; --native: #00629e; --go: #00705a; --loop: #9a3b7d; --threads: #806000;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --ink: #eceff3; --muted: #a4adba; --rule: #323944; --pale: #3a424e;
    --ours: #ff9a57; --native: #6cb8f5; --go: #4fd0a6; --loop: #e79bd2; --threads: #dfb347;
  }
}`;
