/** What `--help` prints fits a terminal, and says what every option does when it is not given. */
import { describe, expect, it } from 'vitest';
import { defaults } from '../../lib/index.js';
import { command, run } from '../support/command.js';

const help = async (...args: string[]) => (await command([...args, '--help'])).stdout;

describe('the help of rxjs-tcp', () => {
  it.each([[[]], [['serve']], [['proxy']], [['connect']]])('%j fits 80 columns', async (args) => {
    const lines = (await help(...args)).split('\n');
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('fits a screen of 24 lines, has examples, and the short flags', async () => {
    const text = await help();
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(24);
    expect(text).toContain('Examples:');
    for (const flag of ['-p', '-m', '-d', '-i', '-q']) expect(text).toContain(`\n  ${flag}, --`);
  });

  it('of proxy has a line for each option, with its default', async () => {
    const options = (await help('proxy')).split('\n').filter((line) => /^ {2}(-\w, )?--/.test(line));
    const without = options.filter((line) => !/\(.+\)$/.test(line)).map((line) => /--[\w-]+/.exec(line)?.[0]);
    expect(without).toEqual(['--quiet', '--help']);
  });

  it('of serve has a line for each option, with its default', async () => {
    const options = (await help('serve')).split('\n').filter((line) => /^ {2}(-\w, )?--/.test(line));
    const without = options.filter((line) => !/\(.+\)$/.test(line)).map((line) => /--[\w-]+/.exec(line)?.[0]);
    expect(without).toEqual(['--quiet', '--help']);
    expect(options.find((line) => line.includes('--delay '))).toContain(`(${defaults.echo.delayMs / 1_000}s)`);
  });

  it('ends with status 0 and no message where its reader has exited', async () => {
    const pipeline = `{ ${process.execPath} dist/app/main.js --help; echo "status $?" >&2; } | true`;
    const { stderr } = await run('sh', ['-c', pipeline]);
    expect(stderr).toBe('status 0\n');
  });

  it('is printed where few file descriptors are left', async () => {
    const limited = `ulimit -n 30; exec ${process.execPath} dist/app/main.js --help`;
    const { status, stderr } = await run('sh', ['-c', limited]);
    expect([status, stderr]).toEqual([0, '']);
  });
});
