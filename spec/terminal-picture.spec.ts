/** docs/terminal.svg shows what the command prints now, in the order and at the pace of its run. */
import { readFileSync } from 'node:fs';
import { DOMParser } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { main, serve } from './support/command.js';
import { hasScript, named, shownOnTerminal } from './support/terminal.js';

interface Line {
  /** With the escape sequences of its colours, as the command prints it. */
  readonly text: string;
  /** When its last piece appears. */
  readonly atMs: number;
}

const picture = readFileSync('docs/terminal.svg', 'utf8');
const svg = new DOMParser().parseFromString(picture, 'image/svg+xml');
const durationMs = Number(/animation: (\d+)ms/.exec(picture)?.[1]);
const appearances = picture.matchAll(/@keyframes (t\d+) \{ 0% \{ visibility: hidden; \} ([\d.]+)%/g);
const times = new Map([...appearances].map(([, name, part]) => [name, (durationMs * Number(part)) / 100]));

function lineOf(text: ReturnType<typeof svg.querySelectorAll>[number]): Line {
  const pieces = [...text.querySelectorAll('tspan')].map(({ classList, textContent }) => ({
    text: classList.contains('green') ? `\u001b[32m${textContent}\u001b[39m` : textContent,
    atMs: times.get([...classList].find((name) => /^t\d/.test(name))) ?? 0,
  }));
  return { text: pieces.map((piece) => piece.text).join(''), atMs: Math.max(...pieces.map(({ atMs }) => atMs)) };
}

const lines = [...svg.querySelectorAll('text:not(.label)')].map(lineOf);
const isPrompt = ({ text }: Line) => text.startsWith('$ ');

/** What stays the same in every run. */
function formatOf(line: string): string {
  const withoutTimes = line.replaceAll(/at \w{3} \w{3} .{2} \d\d:\d\d:\d\d \d{4}/g, 'at TIME');
  return withoutTimes.replaceAll(/hello|world|again/g, 'WORD').replaceAll(/\d+(\.\d+)?/g, 'N');
}

function timeOf(start: string): number {
  const line = lines.find(({ text }) => text.startsWith(start));
  if (line === undefined) throw new Error(`The picture has no line that starts with ${start}`);
  return line.atMs;
}

/** When the command is typed, and when the reply is shown. */
function exchange(word: string): { typed: number; replied: number } {
  return { typed: timeOf(`$ npx rxjs-tcp connect 50007 ${word}`), replied: timeOf(`Echo=>${word} at `) };
}

describe('docs/terminal.svg', () => {
  it.skipIf(!hasScript)(named('shows the lines that the command prints on a terminal'), async () => {
    const server = await serve(['--delay', '1ms'], { FORCE_COLOR: '1' });
    const client = [process.execPath, ...main, 'connect', server.port, 'hello'].join(' ');
    const received = await Promise.all([shownOnTerminal(client), shownOnTerminal(client)]);
    const { stdout } = await server.end('SIGINT');
    const printed = [stdout.replace(', delay 1ms', ''), ...received].join('');
    const shown = lines.filter((line) => !isPrompt(line)).map(({ text }) => text.replace('^C', ''));
    const formatsOf = (texts: string[]) => [...new Set(texts.map(formatOf))].sort();
    expect(formatsOf(shown)).toEqual(formatsOf(printed.trimEnd().split('\n')));
  });

  it('shows each client answered five seconds after its command, and the start of the command', () => {
    for (const { typed, replied } of ['hello', 'world', 'again'].map(exchange)) {
      expect(replied - typed).toBeGreaterThan(5_000);
      expect(replied - typed).toBeLessThan(8_000);
    }
  });

  it('shows two clients at once', () => {
    const [hello, world] = [exchange('hello'), exchange('world')];
    expect(Math.max(hello.typed, world.typed)).toBeLessThan(Math.min(hello.replied, world.replied));
  });

  it('shows a stop while the third client waits, its reply, then the totals', () => {
    const { typed, replied } = exchange('again');
    const stop = timeOf('^C');
    expect(stop).toBeGreaterThan(typed);
    expect(stop).toBeLessThan(replied - 1_000);
    expect(timeOf('stopped at ')).toBeGreaterThan(replied - 100);
    expect(timeOf('stopped at ')).toBeLessThan(durationMs - 3_000);
  });

  it('is small, in itself, and still where motion is not wanted', () => {
    expect(picture.length).toBeLessThan(40_000);
    expect(Math.max(...lines.map(({ text }) => text.length))).toBeLessThanOrEqual(100);
    expect(picture.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/<script|<image|https?:|url\(|@import|@font/);
    expect(picture.split('@media (prefers-reduced-motion: no-preference)')[0]).not.toMatch(/animation|@keyframes/);
    expect(svg.querySelector('title')?.textContent).not.toBe('');
    expect(svg.querySelector('desc')?.textContent).toMatch(/five seconds/);
  });
});
