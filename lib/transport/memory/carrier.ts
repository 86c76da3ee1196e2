/** Carries what is sent to where it arrives, after a latency: what was sent at one instant is one action of the scheduler. */
import type { SchedulerLike } from 'rxjs';

export class Carrier {
  readonly #scheduler: SchedulerLike;
  readonly #latencyMs: number;
  /** What was sent at one instant and arrives at one instant. */
  #batch: { readonly sentAt: number; readonly deliveries: (() => void)[] } | undefined;

  constructor(scheduler: SchedulerLike, latencyMs: number) {
    this.#scheduler = scheduler;
    this.#latencyMs = latencyMs;
  }

  /** Calls `deliver` once the latency has passed, after everything that was carried before. */
  readonly carry = (deliver: () => void): void => {
    const sentAt = this.#scheduler.now();
    if (this.#batch?.sentAt === sentAt) {
      this.#batch.deliveries.push(deliver);
      return;
    }
    const batch = { sentAt, deliveries: [deliver] };
    this.#batch = batch;
    this.#scheduler.schedule(() => {
      this.#batch = undefined; // what is delivered may send at this very instant, and that is for a later turn
      for (const each of batch.deliveries) each();
    }, this.#latencyMs);
  };
}
