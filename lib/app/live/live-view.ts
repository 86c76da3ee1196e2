/** The live view of a server: its figures, its slowest peers and the end of its log, drawn on the terminal a few times a second. */
import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import { formatAddress, type ServerEvent } from '../../index.js';
import { LiveFigures } from './figures.js';
import { frameOf, peerRows } from './frame.js';
import { Screen } from './screen.js';

const everyMs = 250;
/** Many connections take time to look at: a twentieth of it all, unless that would be less than a look a second. */
const restByWork = 19;
const mostMs = 1_000;
/** As many as the highest terminal has rows. */
const mostLines = 200;

export class LiveView {
  readonly #figures = new LiveFigures();
  readonly #screen = new Screen();
  readonly #log: string[] = [];
  #where = '';
  #timer: NodeJS.Timeout | undefined;

  /** Whether it has the terminal, so that nothing else is to be printed there. */
  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  /** Shows what passes, from the start of a server to its end. */
  watch(): MonoTypeOperatorFunction<ServerEvent> {
    const end = (): void => this.#end();
    return tap({ next: (event) => this.#count(event), error: end, complete: end });
  }

  /** A line of the log. */
  tell(line: string): void {
    this.#log.push(line);
    if (this.#log.length > mostLines) this.#log.shift();
  }

  #count(event: ServerEvent): void {
    this.#figures.count(event);
    if (event.type !== 'listening') return;
    this.#where = formatAddress(event.address);
    this.#screen.begin();
    setImmediate(() => this.#draw()); // behind the first line of the log
  }

  #draw(): void {
    clearTimeout(this.#timer);
    const begunAt = performance.now();
    const { size } = this.#screen;
    const figures = this.#figures.now(peerRows(size));
    if (figures) this.#screen.draw(frameOf(this.#where, figures, this.#log, size));
    const restMs = Math.min(mostMs, Math.max(everyMs, (performance.now() - begunAt) * restByWork));
    this.#timer = setTimeout(() => this.#draw(), restMs).unref();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#screen.end();
  }
}
