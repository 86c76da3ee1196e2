/** `rxjs-tcp connect`, as the built command. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { command, run, serve } from '../support/command.js';

describe('rxjs-tcp connect', () => {
  it('without words sends standard input', async () => {
    const { port } = await serve(['--delay', '0', '--reply', 'raw']);
    const sent = randomBytes(3_000_000);
    const { stdout, status } = await command(['connect', `127.0.0.1:${port}`], sent);
    expect(Buffer.from(stdout, 'latin1').equals(sent)).toBe(true);
    expect(status).toBe(0);
  });

  it('exits with status 0 and no message when its output is no longer read', async () => {
    const { port } = await serve(['--delay', '0', '--reply', 'raw']);
    const pipeline = `yes | head -c 3000000 | ${process.execPath} dist/app/main.js connect ${port} | head -c 1`;
    expect(await run('sh', ['-c', pipeline])).toEqual({ stdout: 'y', stderr: '', status: 0 });
  });
});
