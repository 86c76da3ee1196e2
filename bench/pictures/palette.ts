/** The colour of each peer in every picture: this project stands out, and a family shares one. */
import { baselineName, oursName } from '../peers.js';

/** Custom properties of `colours`. */
const known: Readonly<Record<string, string>> = {
  [oursName]: 'ours',
  [baselineName]: 'ink',
  'c-epoll': 'native',
  'c-libuv': 'native',
  go: 'go',
  uvloop: 'loop',
  asyncio: 'loop',
  'python-threads': 'threads',
  'python-class': 'threads',
  'python-fork': 'threads',
};

export function colourOf(peer: string): string {
  return `var(--${known[peer] ?? 'muted'})`;
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
