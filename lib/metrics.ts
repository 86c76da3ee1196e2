/** What `rxjs-tcp/metrics` offers. */
export type { MetricsConfig, MetricsRegistry } from './metrics/metric-group.js';
export { observeMetrics } from './metrics/observe-metrics.js';
export { observeReplies } from './metrics/observe-replies.js';
