/** A terminal's alternate screen, which leaves what the terminal showed before as it was: at its end, a suspension and a crash. */
import { writeSync } from 'node:fs';
import { styleText } from 'node:util';
import { isInForeground } from '../foreground.js';
import type { Line, Size } from './frame.js';

/** Of xterm's control sequences, which the terminals of today all have. Without the wrap, a line with wide characters stays one. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const eraseRow = '\u001b[K';
const eraseBelow = '\u001b[J';

/** A terminal that does not know its size says 0. */
const leastKnown: Size = { columns: 80, rows: 24 };

/** A suspended process goes on here; one that no shell can resume was not suspended at all. */
const resumeMs = 50;

export class Screen {
  readonly #output = process.stdout;
  #isShown = false;
  readonly #listeners: readonly [event: string, listener: () => void][] = [
    ['exit', () => this.#leave()],
    ['SIGTSTP', () => this.#suspend()],
    ['SIGQUIT', () => this.#quit()],
  ];

  get size(): Size {
    const { columns, rows } = this.#output;
    return columns > 0 && rows > 0 ? { columns, rows } : leastKnown;
  }

  begin(): void {
    for (const [event, listener] of this.#listeners) process.on(event, listener);
  }

  /** Draws nothing on the terminal of another job, nor on one that has not taken the last frame. */
  draw(lines: readonly Line[]): void {
    if (!this.#output.writable || this.#output.writableLength > 0 || !isInForeground()) return;
    const start = this.#isShown ? home : enter + home;
    this.#isShown = true;
    const shown = lines.map(({ text, isHeading }) => (isHeading ? styleText('inverse', text) : text));
    // A row is erased before it is written: behind one that is full, a terminal would erase its last character.
    const rest = lines.length < this.size.rows ? `\r\n${eraseBelow}` : '';
    this.#output.write(start + shown.map((text) => eraseRow + text).join('\r\n') + rest);
  }

  end(): void {
    for (const [event, listener] of this.#listeners) process.off(event, listener);
    this.#leave();
  }

  /** At once: a process that ends, or stops, waits for no stream. */
  #leave(): void {
    if (!this.#isShown) return;
    this.#isShown = false;
    try {
      writeSync(1, leave);
    } catch {
      // The terminal is gone, or takes nothing.
    }
  }

  #suspend(): void {
    this.#leave();
    const listener = this.#listenerOf('SIGTSTP');
    process.off('SIGTSTP', listener); // which lets the signal do what it does by default
    process.kill(process.pid, 'SIGTSTP');
    setTimeout(() => {
      process.on('SIGTSTP', listener);
      // The size may have changed while no signal could tell of it.
      (this.#output as { _refreshSize?(): void })._refreshSize?.();
    }, resumeMs).unref();
  }

  #quit(): void {
    this.#leave();
    process.off('SIGQUIT', this.#listenerOf('SIGQUIT'));
    process.kill(process.pid, 'SIGQUIT');
  }

  #listenerOf(signal: string): () => void {
    return this.#listeners.find(([event]) => event === signal)?.[1] as () => void;
  }
}
