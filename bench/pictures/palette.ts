/** How each peer looks, in every picture the same: this project stands out, families share a colour, shapes tell their members apart. */
import { baselineName, controlName, oursName } from '../peers.js';

export interface Look {
  /** A custom property of `colours`. */
  readonly colour: string;
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond' | 'star';
  readonly strokeWidth: number;
  readonly fontWeight: number;
}

const plain = { symbol: 'circle', strokeWidth: 1.5, fontWeight: 400 } as const;

const looks: Readonly<Record<string, Look>> = {
  [oursName]: { colour: 'var(--ours)', symbol: 'circle', strokeWidth: 3, fontWeight: 700 },
  [baselineName]: { colour: 'var(--ink)', symbol: 'circle', strokeWidth: 2, fontWeight: 400 },
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

/** The control is the baseline once more, and would hide behind it. */
export function isShown(peer: string): boolean {
  return peer !== controlName;
}

/**
 * Each has a contrast of 4.5 to its paper, as labels are written in it; the hues are those of Okabe and Ito, which
 * remain apart for the colour-blind, made darker or lighter.
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
