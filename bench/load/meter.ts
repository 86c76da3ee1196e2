/** Counts what is answered between two marks, how long it took, and what the generator itself used. */
import { createHistogram } from 'node:perf_hooks';
import type { LoadReport, Mark, Percentiles } from './plan.js';

export class Meter {
  readonly #mark: Mark;
  readonly #latencies = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  readonly #lateness = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  #counting = false;
  #messages = 0;
  #bytes = 0;
  #startMs = 0;
  #seconds = 0;
  #cpu: NodeJS.CpuUsage = { user: 0, system: 0 };
  #spunMs = 0;
  #faults = 0;
  #firstFault: string | undefined;

  constructor(mark: Mark) {
    this.#mark = mark;
  }

  get faults(): number {
    return this.#faults;
  }

  async start(): Promise<void> {
    await this.#mark('measuring');
    this.#counting = true;
    this.#startMs = performance.now();
    this.#cpu = process.cpuUsage();
  }

  async stop(): Promise<void> {
    this.#counting = false;
    this.#seconds = (performance.now() - this.#startMs) / 1000;
    this.#cpu = process.cpuUsage(this.#cpu);
    await this.#mark('measured');
  }

  answered(messages: number, bytes: number): void {
    if (!this.#counting) return;
    this.#messages += messages;
    this.#bytes += bytes;
  }

  latency(ms: number): void {
    this.#latencies.record(Math.max(1, Math.round(ms * 1000)));
  }

  lateness(ms: number): void {
    this.#lateness.record(Math.max(1, Math.round(ms * 1000)));
  }

  /** So long the generator only looked whether there was something to do, which is not work. */
  spun(ms: number): void {
    if (this.#counting) this.#spunMs += ms;
  }

  readonly fault = (message: string): void => {
    this.#faults += 1;
    this.#firstFault ??= message;
  };

  report(unanswered = 0): LoadReport {
    return {
      seconds: this.#seconds,
      messages: this.#messages,
      bytes: this.#bytes,
      generatorCpu: this.#cores(),
      ...(this.#latencies.count > 0 && { latencyUs: this.#percentiles() }),
      ...(this.#lateness.count > 0 && { latenessUs: this.#lateness.percentile(99) }),
      unanswered,
      faults: this.#faults,
      ...(this.#firstFault !== undefined && { firstFault: this.#firstFault }),
    };
  }

  #cores(): number {
    const busyMs = (this.#cpu.user + this.#cpu.system) / 1000 - this.#spunMs;
    return this.#seconds === 0 ? 0 : Math.max(0, busyMs / 1000 / this.#seconds);
  }

  #percentiles(): Percentiles {
    const [p50, p90, p99, p999] = [50, 90, 99, 99.9].map((part) => this.#latencies.percentile(part));
    return { p50, p90, p99, p999, max: this.#latencies.max } as Percentiles;
  }
}
