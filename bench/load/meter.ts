/** Counts what is answered between two marks, how long it took, and what the generator itself used. */
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadReport, Mark } from './plan.js';

export class Meter {
  readonly #mark: Mark;
  readonly #latencies = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  readonly #lateness = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  counting = false;
  faults = 0;
  #messages = 0;
  #startMs = 0;
  #seconds = 0;
  #cpu: NodeJS.CpuUsage = { user: 0, system: 0 };
  #spunMs = 0;
  #firstFault: string | undefined;

  constructor(mark: Mark) {
    this.#mark = mark;
  }

  async start(): Promise<void> {
    await this.#mark('measuring');
    this.counting = true;
    this.#startMs = performance.now();
    this.#cpu = process.cpuUsage();
  }

  async stop(): Promise<void> {
    this.counting = false;
    this.#seconds = (performance.now() - this.#startMs) / 1000;
    this.#cpu = process.cpuUsage(this.#cpu);
    await this.#mark('measured');
  }

  /** The warm-up, then the counted time, of a load that runs by itself. */
  async measure({ warmupMs, durationMs }: { readonly warmupMs: number; readonly durationMs: number }): Promise<void> {
    await sleep(warmupMs);
    await this.start();
    await sleep(durationMs);
    await this.stop();
  }

  answered(messages: number): void {
    if (this.counting) this.#messages += messages;
  }

  latency(ms: number): void {
    this.#latencies.record(Math.max(1, Math.round(ms * 1000)));
  }

  lateness(ms: number): void {
    this.#lateness.record(Math.max(1, Math.round(ms * 1000)));
  }

  /** For so long the generator only polled and found nothing to do, which is not work. */
  spun(ms: number): void {
    if (this.counting) this.#spunMs += ms;
  }

  readonly fault = (message: string): void => {
    this.faults += 1;
    this.#firstFault ??= message;
  };

  report(unanswered = 0): LoadReport {
    const busyMs = (this.#cpu.user + this.#cpu.system) / 1000 - this.#spunMs;
    const at = (part: number) => this.#latencies.percentile(part);
    const latencyUs = { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: this.#latencies.max };
    return {
      seconds: this.#seconds,
      messages: this.#messages,
      generatorCpu: this.#seconds === 0 ? 0 : Math.max(0, busyMs / 1000 / this.#seconds),
      ...(this.#latencies.count > 0 && { latencyUs }),
      ...(this.#lateness.count > 0 && { latenessUs: this.#lateness.percentile(99) }),
      unanswered,
      faults: this.faults,
      ...(this.#firstFault !== undefined && { firstFault: this.#firstFault }),
    };
  }
}
