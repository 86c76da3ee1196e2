import { of } from 'rxjs';
import { observeMetrics } from 'rxjs-tcp/metrics';

/** What is used of a registry, since prom-client is not installed here. */
const metrics = [];
const registry = { registerMetric: (metric) => metrics.push(metric), getMetricsAsArray: () => metrics };

of({ type: 'dropped', reason: 'limit' }).pipe(observeMetrics(registry)).subscribe();
const dropped = metrics.find(({ name }) => name === 'rxjs_tcp_connections_dropped_total');
const { values } = await dropped.get();
console.log(JSON.stringify(values.find(({ labels }) => labels.reason === 'limit')));
