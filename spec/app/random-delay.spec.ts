/** Delays from a range. */
import { describe, expect, it } from 'vitest';
import { randomDelay } from '../../lib/app/random-delay.js';
import type { Connection } from '../../lib/index.js';
import { Client } from '../support/client.js';
import { serve } from '../support/command.js';

const connection = (id: number) => ({ id }) as Connection;

/** The first delays of the first connections. */
const delays = (seed: number, count = 1_000): number[] => {
  const next = randomDelay(5, 9, seed);
  return Array.from({ length: count }, (_, index) => next(connection(index + 1)));
};

describe('a random delay', () => {
  it('is any of the range, both ends included, and each is as likely', () => {
    const counts = new Map<number, number>();
    for (const delay of delays(1)) counts.set(delay, (counts.get(delay) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([5, 6, 7, 8, 9]);
    expect(Math.min(...counts.values())).toBeGreaterThan(150);
  });

  it('is the same by the same seed, whatever other connections do in between', () => {
    expect(delays(1)).toEqual(delays(1));
    expect(delays(1)).not.toEqual(delays(2));
    const [one, two] = [connection(1), connection(2)];
    const [alone, together] = [randomDelay(0, 1_000_000, 7), randomDelay(0, 1_000_000, 7)];
    const draws = [alone(one), alone(one), alone(one)];
    expect([together(two), together(one), together(two), together(one), together(one)]).toEqual(
      expect.arrayContaining(draws),
    );
    expect(new Set(draws).size).toBe(3);
  });
});

it.each(['echo', 'lines'])(
  'rxjs-tcp serve --service %s waits for a time from the range of --delay',
  async (service) => {
    const server = await serve(['-s', service, '--delay', '200ms..300ms', '--reply', 'raw']);
    const startedAt = performance.now();
    const client = await Client.connect(server.port);
    client.end('hello\n');
    expect(String(await client.all())).toBe('hello\n');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(199);
    expect(server.printed()).toMatch(/, delay 200ms\.\.300ms, reply raw, seed \d+\n/);
  },
);
