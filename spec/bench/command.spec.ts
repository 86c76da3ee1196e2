/** The commands, run as processes: a single cell is measured, and its report drawn again. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Result } from '../../bench/run/result.js';

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['bench/.cache/js/run/main.js', ...args], { encoding: 'utf8' });
const resultIn = (report: string) => JSON.parse(readFileSync(join(folder, report, 'result.json'), 'utf8')) as Result;

describe.skipIf(process.platform !== 'linux')('npm run bench', () => {
  it('prints how long it takes, measures, and writes a report', () => {
    const args = ['--quick', '--scenario', 'accept-close', '--peers', 'net', '--report', join(folder, 'first')];
    const { status, stdout, stderr } = bench(...args);
    expect(stderr).toMatch(/^1 run of 1 peer, about 0:01 min\n\S*index\.html\n$/);
    expect(stdout).toMatch(/\n {2}net .*\n\n1 run, 0 void\n(1 run where the generator was the limit: .*\n)?$/);
    expect(status).toBe(0);
    expect(resultIn('first').runs).toEqual([expect.objectContaining({ peer: 'net', cell: '50 at once', round: 0 })]);
  });

  it.each(['framed', 'whole', 'proxy'])('checks and counts what %s sends', (scenario) => {
    const report = join(folder, scenario);
    const { stdout } = bench('--scenario', scenario, '--rounds', '1', '--peers', 'rxjs-tcp', '--report', report);
    expect(stdout).toMatch(/\n1 run, 0 void\n/);
    expect(resultIn(scenario).runs[0]?.figures).toMatchObject({
      cpuUs: expect.any(Number),
      perSecond: expect.any(Number),
    });
  });

  it('writes a result that bench:report turns into the same report', () => {
    const first = join(folder, 'first', 'result.json');
    const { stdout, status } = bench('--from', first, '--report', join(folder, 'second'));
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync(join(folder, 'first', 'table.md'), 'utf8'));
    expect(resultIn('second')).toEqual(resultIn('first'));
  });

  it('refuses an unknown peer with a list of the known ones', () => {
    const { status, stderr } = bench('--peers', 'apache');
    expect(status).toBe(1);
    expect(stderr).toMatch(/Expected some of net,.*got apache/);
  });
});
