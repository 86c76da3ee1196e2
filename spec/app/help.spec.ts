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

  it.each([
    ['serve', ['--quiet', '--help']],
    ['proxy', ['--quiet', '--help']],
    ['connect', ['--help']],
  ])('of %s says of each option what it does, and its default', async (name, withoutDefault) => {
    const options = (await help(name)).split('\n').filter((line) => /^ {2}(-\w, )?--/.test(line));
    const named = (lines: string[]) => lines.map((line) => /--[\w-]+/.exec(line)?.[0]);
    expect(named(options.filter((line) => !/\(.+\)$/.test(line)))).toEqual(withoutDefault);
    expect(named(options.filter((line) => !/^ {2}(-\w, )?--[\w-]+( <\w+>)? +[^ (<]/.test(line)))).toEqual([]);
  });

  it.each([
    ['serve', ['Usage: rxjs-tcp serve [options]']],
    ['proxy', ['Usage: rxjs-tcp proxy [options] LISTEN UPSTREAM']],
    [
      'connect',
      [
        'Usage: rxjs-tcp connect [options] <[host:]port> [word...]',
        '       rxjs-tcp connect [options] --unix path [word...]',
      ],
    ],
  ])('of %s begins with how it is called, and what it does', async (name, usage) => {
    const [first, second] = (await help(name)).split('\n\n');
    expect(first).toBe(usage.join('\n'));
    expect(second).toMatch(/^[A-Z][^:]*\.$/);
  });

  it('of serve has the delay that the library has', async () => {
    expect(await help('serve')).toMatch(new RegExp(`--delay .*\\(${defaults.echo.delayMs / 1_000}s\\)\n`));
  });

  it.each([
    [
      'serve',
      'Listening, Peers, TLS, Replies, Limits of a connection, a duration or off, Faults, Memory, shutdown, log',
    ],
    [
      'proxy',
      'Clients, Limits of a connection, a duration or off, Faults, between a client and the proxy, Shutdown, log',
    ],
  ])('of %s has its options under headings', async (name, headings) => {
    const lines = (await help(name)).split('\n').filter((line) => /^[A-Z].*:$/.test(line));
    const own = lines.map((line) => line.slice(0, -1)).filter((heading) => heading !== 'Arguments');
    expect(own.join(', ')).toBe(`${headings}, Options`);
  });

  const common = ['A duration is ', 'Faults strike ', '--metrics takes ', 'Exit status: 0 graceful shutdown, '];
  it.each([
    ['serve', ['A service is ', 'A reply is ', '--unix @NAME ', 'Networks are written ', ...common]],
    ['proxy', ['LISTEN and UPSTREAM are ', 'A client is reset if ', ...common]],
    ['connect', ['Exit status: 0 the peer ended its side, ']],
  ])('of %s explains below what options refer to, and the exit status', async (name, beginnings) => {
    const lines = (await help(name)).split('\n');
    for (const beginning of beginnings) expect(lines).toContainEqual(expect.stringMatching(`^${beginning}`));
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
