/** Examples that are not in the README do what they say. */
import { statSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';

const print = vi.spyOn(console, 'log').mockImplementation(() => {});
const printed = () => print.mock.calls.map(([line]) => line);
afterEach(() => print.mockClear());

describe('examples/proxy.ts', () => {
  it('passes two connections on to two servers', async () => {
    await import('../examples/proxy.js');
    await expect.poll(() => printed().toSorted(), { timeout: 10_000 }).toEqual(['one got hello', 'two got hello']);
  });
});

describe('examples/send-file.ts', () => {
  it('sends a whole file', async () => {
    await import('../examples/send-file.js');
    const { size } = statSync('examples/send-file.ts');
    await expect.poll(printed, { timeout: 10_000 }).toEqual([`${size} bytes`]);
  });
});
