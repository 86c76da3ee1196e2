/** Prometheus's text format, read strictly: what is not in its grammar is an error. */
import type { Registry } from 'prom-client';

/** A family of samples. */
export interface Family {
  readonly type: string;
  readonly help: string;
  /** By name and labels, as they are written: `name{label="value"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

const series = /^([a-z_0-9]+)(\{[a-z_0-9]+="(?:[^"\\\n]|\\.)*"(?:,[a-z_0-9]+="(?:[^"\\\n]|\\.)*")*\})? (\S+)$/;
const number = /^(?:-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|[+-]Inf|Nan)$/;

/** The families of a scrape, by name. */
export function families(text: string): Map<string, Family> {
  const found = new Map<string, Family & { samples: Map<string, number> }>();
  for (const block of text.trimEnd().split('\n\n')) {
    const [help = '', type = '', ...lines] = block.split('\n');
    const [, name = '', words = ''] = /^# HELP ([a-z_0-9]+) (.+)$/.exec(help) ?? [];
    const [, named, kind = ''] = /^# TYPE ([a-z_0-9]+) (counter|gauge|histogram|summary)$/.exec(type) ?? [];
    if (name === '' || named !== name || found.has(name)) throw new Error(`No family: ${block}`);
    const suffixes = { histogram: '(_bucket|_sum|_count)', summary: '(_sum|_count)?' }[kind] ?? '';
    const samples = new Map<string, number>();
    for (const line of lines) {
      const [, of = '', labels = '', value = ''] = series.exec(line) ?? [];
      const isKnown = new RegExp(`^${name}${suffixes}$`).test(of);
      if (!isKnown || !number.test(value) || samples.has(of + labels)) throw new Error(`No sample of ${name}: ${line}`);
      samples.set(of + labels, Number(value.replace('Inf', 'Infinity').replace('Nan', 'NaN')));
    }
    found.set(name, { type: kind, help: words, samples });
  }
  return found;
}

/** All samples of a scrape. */
export async function scrape(registry: Registry): Promise<Record<string, number>> {
  const samples = [...families(await registry.metrics()).values()].flatMap(({ samples }) => [...samples]);
  return Object.fromEntries(samples);
}
