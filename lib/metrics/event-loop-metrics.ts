/** The delay of the event loop: how much later than due a timer fires, since nothing else of the process runs meanwhile. */
import performanceHooks, { type IntervalHistogram } from 'node:perf_hooks';
import { MetricGroup, type Sample } from './metric-group.js';

/** How often it is measured. Node counts these milliseconds as part of each delay. */
const everyMs = 10;
const everyNs = everyMs * 1e6;

const quantiles = [0.5, 0.9, 0.99, 1];

export class EventLoopDelay {
  #observers = 0;
  /** Runs while anything is observed. */
  #monitor: IntervalHistogram | undefined;
  #count = 0;
  #sumNs = 0;

  /** Returns what ends it. */
  observe(): () => void {
    this.#observers += 1;
    this.#monitor ??= startedMonitor();
    return () => {
      this.#observers -= 1;
      if (this.#observers === 0) this.#stop();
    };
  }

  /** The quantiles are of the time since the last scrape: those of all the time would hardly move. */
  samples(): readonly Sample[] {
    const monitor = this.#monitor;
    const sinceLast = monitor === undefined ? [] : quantiles.map((quantile) => sample(quantile, monitor));
    this.#collect();
    return [...sinceLast, { value: this.#sumNs / 1e9, suffix: '_sum' }, { value: this.#count, suffix: '_count' }];
  }

  #stop(): void {
    this.#collect();
    this.#monitor?.disable();
    this.#monitor = undefined;
  }

  #collect(): void {
    const { count = 0, mean = 0 } = this.#monitor ?? {};
    if (count === 0) return;
    this.#count += count;
    this.#sumNs += count * delayIn(mean);
    this.#monitor?.reset();
  }
}

/** Undefined where the runtime has none, as Bun. */
function startedMonitor(): IntervalHistogram | undefined {
  try {
    const monitor = performanceHooks.monitorEventLoopDelay({ resolution: everyMs });
    monitor.enable();
    return monitor;
  } catch {
    return undefined;
  }
}

const delayIn = (measuredNs: number): number => Math.max(0, measuredNs - everyNs);

/** NaN where nothing was measured since. */
function sample(quantile: number, monitor: IntervalHistogram): Sample {
  const value = monitor.count === 0 ? Number.NaN : delayIn(monitor.percentile(quantile * 100)) / 1e9;
  return { value, labels: { quantile } };
}

export const eventLoopMetrics = new MetricGroup(
  () => new EventLoopDelay(),
  [
    {
      name: 'rxjs_tcp_event_loop_delay_seconds',
      type: 'summary',
      help: 'How late the event loop was, measured a hundred times a second; quantiles since the last scrape.',
      samples: (delay) => delay.samples(),
    },
  ],
);
