/** The metrics of a server for Prometheus, from the Observable of its events. */
import { defer, finalize, type Observable, tap } from 'rxjs';
import type { Address, ServerEvent } from '../index.js';
import { eventLoopMetrics } from './event-loop-metrics.js';
import type { MetricsConfig, MetricsRegistry } from './metric-group.js';
import { serverMetrics } from './server-metrics.js';

/**
 * Counts the events of a server in `registry`, a registry of prom-client, and passes them on.
 *
 * The registry has the metrics from the call on. They are computed when they are scraped, with the open connections as they are
 * then: a message costs nothing. A scrape never throws. The delay of the event loop is measured while anything is subscribed to.
 * An end by unsubscribing counts what was open as closed with the reason `aborted`.
 * @throws TypeError for a registry that is none, or an unknown option
 * @example tcpServer(7000, echo()).pipe(observeMetrics(registry)).subscribe();
 */
export function observeMetrics(
  registry: MetricsRegistry,
  config?: MetricsConfig,
): <Local extends Address>(server$: Observable<ServerEvent<Local>>) => Observable<ServerEvent<Local>> {
  const tally = serverMetrics.sourceIn(registry, config);
  const eventLoop = eventLoopMetrics.sourceIn(registry);
  return (server$) =>
    defer(() => {
      const server = tally.begin();
      const endOfMeasuring = eventLoop.observe();
      return server$.pipe(
        tap((event) => server.count(event)),
        finalize(() => {
          server.end();
          endOfMeasuring();
        }),
      );
    });
}
