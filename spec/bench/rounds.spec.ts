/** What programs without a report print. */
import { expect, it, vi } from 'vitest';
import { printRounds } from '../../bench/run/rounds.js';

it('takes turns, forth and back, and prints medians and ratios of all rounds but the first', async () => {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const played: string[] = [];
  const game = (name: string, figures: number[]) => () => {
    played.push(name);
    return figures[played.filter((one) => one === name).length - 1] ?? Number.NaN;
  };
  await printRounds(3, 'ms', { ours: game('a', [900, 3, 4, 20]), theirs: game('b', [1, 2, 4, 5]) });
  const lines = printed.mock.calls.map(([line]) => line);
  printed.mockRestore();
  expect(played.join('')).toBe('abbaabba');
  expect(lines[0]).toMatch(/^ms; node \S+, medians of 3 rounds in turn\n$/);
  expect(lines.slice(1)).toEqual(['  ours: 4.00\n', '  theirs: 4.00; ours takes x1.500\n']);
});
