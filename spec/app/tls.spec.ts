/** TLS of `rxjs-tcp`, as the built command, with openssl, ncat and the command itself at the other end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { lacking } from '../faults/support/needs.js';
import { authority, describeTls, encrypted, identity, localhost } from '../support/certificates.js';
import { Client } from '../support/client.js';
import { command, type RunningServer, run, serve } from '../support/command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const raw = ['--delay', '0', '--reply', 'raw'];

/** Writes these files into a folder of the test. */
function filesOf(contents: Readonly<Record<string, string>>): (name: string) => string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(contents)) writeFileSync(`${folder}/${name}`, content);
  return (name) => `${folder}/${name}`;
}

async function secured(...args: string[]) {
  const file = filesOf({ ...localhost(), ca: authority().cert });
  const server = await serve(['--tls-cert', file('cert'), '--tls-key', file('key'), ...raw, ...args]);
  return { server, file, ca: ['--tls', '--ca', file('ca')] };
}

/** `openssl s_client`, which stays connected until the test ends. */
function openssl({ port }: RunningServer, ...args: string[]) {
  const client = spawn('openssl', [
    's_client',
    '-quiet',
    '-connect',
    `127.0.0.1:${port}`,
    '-servername',
    'localhost',
    ...args,
  ]);
  onTestFinished(() => void client.kill('SIGKILL'));
  let printed = '';
  for (const output of [client.stdout, client.stderr]) output.on('data', (chunk) => (printed += chunk));
  const shows = (text: string) => expect.poll(() => printed, { timeout: 10_000 }).toContain(text);
  return { shows, send: (text: string) => client.stdin.write(text) };
}

describeTls('rxjs-tcp serve --tls-cert', () => {
  it('answers connect --tls, and tells its files in its first line', async () => {
    const { server, file, ca } = await secured();
    const files = `tls-cert ${file('cert')}, tls-key ${file('key')}`;
    expect(server.printed()).toBe(`listening on 127.0.0.1:${server.port}, ${files}, delay 0, reply raw\n`);
    const answer = await command(['connect', server.port, ...ca, 'hello']);
    expect(answer).toEqual({ status: 0, stdout: 'hello', stderr: '' });
  });

  it('answers openssl s_client, which trusts the certificate', async () => {
    const { server, file } = await secured();
    const client = openssl(server, '-CAfile', file('ca'), '-verify_return_error');
    client.send('hello\n');
    await client.shows('hello\n');
  });

  const lacksNcat = lacking(['ncat']).length > 0;
  it.skipIf(lacksNcat)(`answers ncat --ssl${lacksNcat ? ' (skipped: there is no ncat)' : ''}`, async () => {
    const { server } = await secured();
    expect((await run('ncat', ['--ssl', '127.0.0.1', server.port], 'hello')).stdout).toBe('hello');
  });

  it('logs why a handshake failed, and goes on', async () => {
    const { server, ca } = await secured();
    const client = await Client.connect(server.port);
    await client.send('GET / HTTP/1.0\r\n\r\n');
    await client.ended();
    const line = /\ndropped 127\.0\.0\.1:\d+ at [^\n]*: handshake; The TLS handshake with [^\n]*http request\n/;
    await expect.poll(server.printed, { timeout: 10_000 }).toMatch(line);
    expect((await command(['connect', server.port, ...ca, 'hello'])).stdout).toBe('hello');
  });

  it('with --tls-request-cert serves the clients that have a certificate of --tls-ca, and no others', async () => {
    const folder = filesOf({ ca: authority().cert, ...identity({ subject: '/CN=client', issuer: authority() }) });
    const { server } = await secured('--tls-ca', folder('ca'), '--tls-request-cert');
    const client = openssl(server, '-cert', folder('cert'), '-key', folder('key'));
    client.send('hello\n');
    await client.shows('hello\n');
    openssl(server);
    await expect.poll(server.printed, { timeout: 10_000 }).toMatch(/: handshake; .*peer did not return a certificate/);
  });

  it('on SIGHUP reads the certificate again, and keeps the connections that are open', async () => {
    const { server, file, ca } = await secured();
    const old = openssl(server);
    old.send('before\n');
    await old.shows('before\n');
    const renewed = identity({ issuer: authority(), subject: '/CN=renewed' });
    for (const [name, content] of Object.entries(renewed)) writeFileSync(file(name), content);
    process.kill(server.pid, 'SIGHUP');
    const line = /\nread the certificate again at [^\n]*\/cert is valid until \w{3} [^\n]* GMT\n/;
    await expect.poll(server.printed, { timeout: 10_000 }).toMatch(line);
    await openssl(server).shows('CN = renewed');
    old.send('after\n');
    await old.shows('after\n');
    expect((await command(['connect', server.port, ...ca, 'hello'])).stdout).toBe('hello');
    expect((await server.end('SIGTERM')).stdout).toContain('draining');
  });

  it('on SIGHUP keeps its certificate where the new one cannot be used', async () => {
    const { server, file, ca } = await secured();
    writeFileSync(file('key'), identity().key);
    process.kill(server.pid, 'SIGHUP');
    const line = /\nwarning at [^\n]*: The key [^\n]* does not belong to [^\n]*; the one before stays in use\n/;
    await expect.poll(server.printed, { timeout: 10_000 }).toMatch(line);
    expect((await command(['connect', server.port, ...ca, 'hello'])).stdout).toBe('hello');
  });
});

describeTls('files of TLS that cannot be used', () => {
  const expired = () => identity({ isExpired: true });

  it.each([
    ['a certificate that is missing', () => ['none', 'key'], 'Could not read', 'there is no such file; check the path'],
    ['a folder', () => ['folder', 'key'], 'Could not read', 'it is a folder; check the path'],
    ['a certificate that is none', () => ['key', 'key'], 'There is no certificate in', 'give a file in PEM'],
    ['a key that is none', () => ['cert', 'cert'], 'There is no private key in', 'give a file in PEM'],
    ['a key of another certificate', () => ['cert', 'other'], 'does not belong to', 'give the two of one pair'],
    ['an encrypted key', () => ['cert', 'encrypted'], 'is encrypted; decrypt it: openssl pkey -in'],
    ['an expired certificate', () => ['expired', 'expiredKey'], 'expired at', 'renew it'],
  ])('%s ends the command with status 1 and one line', async (_, names, ...says) => {
    const old = expired();
    const file = filesOf({
      ...localhost(),
      ...{ other: identity().key, encrypted: encrypted(localhost(), 'secret') },
      ...{ expired: old.cert, expiredKey: old.key },
    });
    mkdirSync(file('folder'));
    const [cert = '', key = ''] = names().map(file);
    const { status, stdout, stderr } = await command(['--port', '0', '--tls-cert', cert, '--tls-key', key]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^rxjs-tcp: [^\n]+\n$/);
    for (const each of says) expect(stderr).toContain(each);
  });
});

describeTls('rxjs-tcp connect --tls', () => {
  const failed = async (...args: string[]): Promise<string> => {
    const { status, stdout, stderr } = await command(['connect', ...args]);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^rxjs-tcp: [^\n]+\n$/);
    return stderr;
  };

  it('refuses a certificate that it does not trust, with a line that says how to', async () => {
    const { server } = await secured();
    expect(await failed(server.port, '--tls', 'hello')).toContain('trust its authority by --ca, or any certificate by');
  });

  it('with --insecure takes any', async () => {
    const { server } = await secured();
    expect((await command(['connect', server.port, '--tls', '--insecure', 'hello'])).stdout).toBe('hello');
  });

  it('with --servername asks for that name, and refuses a certificate without it', async () => {
    const { server, ca } = await secured();
    expect((await command(['connect', server.port, ...ca, '--servername', 'localhost', 'x'])).stdout).toBe('x');
    expect(await failed(server.port, ...ca, '--servername', 'example.org', 'x')).toContain('example.org');
  });

  it('to a server without TLS fails', async () => {
    const { port } = await serve(raw);
    expect(await failed(port, '--tls', 'hello')).toContain(`The TLS handshake with 127.0.0.1:${port} failed`);
  });

  it('with a file of --ca that is missing fails', async () => {
    expect(await failed('1', '--tls', '--ca', '/nowhere/ca', 'hello')).toContain('/nowhere/ca: there is no such file');
  });

  it('prints what openssl s_server answers', async () => {
    const file = filesOf({ ...localhost(), ca: authority().cert });
    const args = ['s_server', '-accept', '127.0.0.1:0', '-cert', file('cert'), '-key', file('key'), '-rev'];
    const server = spawn('openssl', args);
    onTestFinished(() => void server.kill('SIGKILL'));
    let printed = '';
    server.stdout.on('data', (chunk) => (printed += chunk));
    await expect.poll(() => printed, { timeout: 10_000 }).toMatch(/ACCEPT \S+:\d+/);
    const port = /ACCEPT \S+:(\d+)/.exec(printed)?.[1] ?? '';
    const client = spawn(process.execPath, ['dist/app/main.js', 'connect', port, '--tls', '--ca', file('ca')]);
    client.stdin.write('hello\n');
    const [answer] = await once(client.stdout, 'data');
    client.kill();
    expect(String(answer)).toBe('olleh\n');
  });
});
