/** The metrics of replies for Prometheus, from the handler that makes them. */
import type { Observer } from 'rxjs';
import type { MetricsConfig, MetricsRegistry } from './metric-group.js';
import { replyMetrics } from './reply-metrics.js';

/**
 * Makes an observer that counts replies in `registry`, a registry of prom-client, and how many milliseconds later than due each
 * was made. It is for the option `replied` of `echo`, or for a handler of your own, which calls its `next` for each reply.
 * @throws TypeError for a registry that is none, or an unknown option
 * @example tcpServer(7000, echo({ replied: observeReplies(registry) })).pipe(observeMetrics(registry)).subscribe();
 */
export function observeReplies(registry: MetricsRegistry, config?: MetricsConfig): Pick<Observer<number>, 'next'> {
  return replyMetrics.sourceIn(registry, config);
}
