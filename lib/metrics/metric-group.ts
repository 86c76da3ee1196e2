/** Metrics in a registry of prom-client that are computed when they are scraped: what they count pays for a count and no more. */
import type { Metric, Registry } from 'prom-client';
import { check, having, type Rule, readOptions, text } from '../values/options.js';

/** A registry of prom-client, as far as it is used. */
export type MetricsRegistry = Pick<Registry, 'registerMetric' | 'getMetricsAsArray'>;

/** The options of `observeMetrics` and `observeReplies`. */
export interface MetricsConfig {
  /**
   * The label `server` of these metrics, for a process with several servers. Servers of one name, or without one, add up.
   * Default: no label.
   */
  readonly server?: string | undefined;
}

const rules: { readonly [Key in keyof Required<MetricsConfig>]: Rule } = { server: text };

const registryRule = having('a Registry of prom-client', 'registerMetric', 'getMetricsAsArray');

export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string | number>>;
  /** What follows the name of the family. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

/** All samples of one name. */
export interface Family<Source> {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  readonly samples: (source: Source) => readonly Sample[];
}

/** In one registry. */
interface Registered<Source> {
  /** By the name of the server. */
  readonly sources: Map<string | undefined, Source>;
  readonly metrics: readonly ScrapedMetric<Source>[];
}

/** Families that are registered together, and read from one source for each name of a server. */
export class MetricGroup<Source> {
  readonly #makeSource: () => Source;
  readonly #families: readonly Family<Source>[];
  readonly #registered = new WeakMap<MetricsRegistry, Registered<Source>>();

  constructor(makeSource: () => Source, families: readonly Family<Source>[]) {
    this.#makeSource = makeSource;
    this.#families = families;
  }

  /** The source with the name that the config has. The registry has its metrics from now on; no registry has them twice. */
  sourceIn(registry: MetricsRegistry, config: MetricsConfig = {}): Source {
    check('registry', registry, registryRule);
    const { server } = readOptions(config, rules, {});
    const { sources, metrics } = this.#registeredIn(registry);
    for (const metric of metrics) {
      const present: readonly unknown[] = registry.getMetricsAsArray();
      if (!present.includes(metric)) registry.registerMetric(metric as unknown as Metric);
    }
    const source = sources.get(server) ?? this.#makeSource();
    sources.set(server, source);
    return source;
  }

  #registeredIn(registry: MetricsRegistry): Registered<Source> {
    const known = this.#registered.get(registry);
    if (known !== undefined) return known;
    const sources = new Map<string | undefined, Source>();
    const registered = { sources, metrics: this.#families.map((family) => new ScrapedMetric(family, sources)) };
    this.#registered.set(registry, registered);
    return registered;
  }
}

/** What a registry asks of a metric. prom-client registers such objects itself where it adds up the metrics of a cluster. */
class ScrapedMetric<Source> {
  /** Where the registry writes OpenMetrics, it takes `_total` away. */
  name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator = 'sum';
  readonly #samples: Family<Source>['samples'];
  readonly #sources: Registered<Source>['sources'];

  constructor({ name, help, type, samples }: Family<Source>, sources: Registered<Source>['sources']) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.#samples = samples;
    this.#sources = sources;
  }

  async get() {
    const { name, help, type, aggregator } = this;
    const values = [...this.#sources].flatMap(([server, source]) =>
      this.#samples(source).map(({ value, labels, suffix }) => ({
        value,
        labels: server === undefined ? { ...labels } : { server, ...labels },
        ...(suffix && { metricName: `${name}${suffix}` }),
      })),
    );
    return { name, help, type, aggregator, values };
  }

  /** What `registry.resetMetrics()` calls. The counts are of servers that go on. */
  reset(): void {}
}
