/** What `observeReplies` makes of the lateness of replies. */
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { observeReplies } from '../../lib/metrics.js';
import { scrape } from '../support/exposition.js';

const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The counts of the buckets in order, after these latenesses in milliseconds. */
async function bucketsAfter(...latenesses: readonly number[]) {
  const registry = new Registry();
  const replied = observeReplies(registry);
  for (const lateness of latenesses) replied.next(lateness);
  const samples = await scrape(registry);
  const name = 'rxjs_tcp_reply_lateness_seconds';
  return {
    replies: samples.rxjs_tcp_replies_total,
    count: samples[`${name}_count`],
    sum: samples[`${name}_sum`],
    buckets: [...bounds, '+Inf'].map((le) => samples[`${name}_bucket{le="${le}"}`]),
  };
}

describe('observeReplies', () => {
  it('has buckets from 1 ms to 10 s, all at 0', async () => {
    expect(await bucketsAfter()).toEqual({ replies: 0, count: 0, sum: 0, buckets: Array(14).fill(0) });
  });

  it.each(bounds)('counts a reply that is %s s late in that bucket and all above', async (bound) => {
    const index = bounds.indexOf(bound);
    const at = await bucketsAfter(bound * 1_000);
    expect(at.buckets).toEqual(Array.from({ length: 14 }, (_, bucket) => (bucket < index ? 0 : 1)));
    const above = await bucketsAfter(bound * 1_000 + 0.1);
    expect(above.buckets).toEqual(Array.from({ length: 14 }, (_, bucket) => (bucket <= index ? 0 : 1)));
  });

  it('adds up what replies were late, in seconds', async () => {
    const { replies, count, sum } = await bucketsAfter(0, 500, 60_000);
    expect({ replies, count, sum }).toEqual({ replies: 3, count: 3, sum: 60.5 });
  });

  it('counts what is no lateness as on time', async () => {
    const { sum, buckets } = await bucketsAfter(Number.NaN, -5);
    expect([sum, buckets[0]]).toEqual([0, 2]);
  });

  it('has a label for each name, and adds up what has the same one', async () => {
    const registry = new Registry();
    for (const server of ['a', 'a', 'b']) observeReplies(registry, { server }).next(0);
    expect(await scrape(registry)).toMatchObject({
      'rxjs_tcp_replies_total{server="a"}': 2,
      'rxjs_tcp_replies_total{server="b"}': 1,
      'rxjs_tcp_reply_lateness_seconds_bucket{server="a",le="+Inf"}': 2,
    });
  });
});
