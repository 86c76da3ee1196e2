/** TLS as other programs speak it: OpenSSL, ncat, socat and Python, as clients of our server and as servers of our client. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { concat, delay, lastValueFrom, NEVER, of, takeUntil, timer } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { tcpConnect } from '../../lib/index.js';
import { eventually } from '../faults/support/eventually.js';
import { lacking, type Need } from '../faults/support/needs.js';
import { authority, describeTls, localhost } from '../support/certificates.js';
import { text } from '../support/serving.js';
import { TlsServer } from '../support/tls-server.js';

/** A folder with the authority's certificate, and key and certificate of the server. */
function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'rxjs-tcp-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  writeFileSync(path.join(made, 'ca.pem'), authority().cert);
  writeFileSync(path.join(made, 'key.pem'), localhost().key);
  writeFileSync(path.join(made, 'cert.pem'), localhost().cert);
  return made;
}

function start(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { cwd: folder(), stdio: 'pipe', timeout: 30_000 });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin?.on('error', () => {});
  return child;
}

/** A test of that program, which is skipped by name where there is none. */
function itWith(need: Need, name: string, test: () => Promise<void>): void {
  if (lacking([need]).length === 0) it(`${need}: ${name}`, test);
  else it.skip(`${need}: ${name} (skipped: no ${need} here)`, test);
}

/** Sends 'hello', ends its side, and prints what it gets up to the end; fails where that comes without close_notify. */
const pythonClient = `
import socket, ssl, sys
context = ssl.create_default_context(cafile='ca.pem')
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
raw = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
tls = context.wrap_bio(incoming, outgoing, server_hostname='localhost')
def flush():
    if outgoing.pending:
        raw.sendall(outgoing.read())
def fill():
    data = raw.recv(65536)
    incoming.write(data) if data else incoming.write_eof()
def done(work):
    while True:
        try:
            return work()
        except ssl.SSLWantReadError:
            flush()
            fill()
done(tls.do_handshake)
tls.write(b'hello')
try:
    tls.unwrap()
except ssl.SSLWantReadError:
    pass
flush()
raw.shutdown(socket.SHUT_WR)
while data := done(lambda: tls.read(65536)):
    sys.stdout.write(data.decode())
`;

const asyncioClient = `
import asyncio, ssl, sys
async def main():
    context = ssl.create_default_context(cafile='ca.pem')
    reader, writer = await asyncio.open_connection('127.0.0.1', int(sys.argv[1]), ssl=context, server_hostname='localhost')
    writer.write(b'x' * 1000000)
    await writer.drain()
    data = await reader.readexactly(1000000)
    writer.close()
    await writer.wait_closed()
    print(len(data))
asyncio.run(main())
`;

const pythonServer = `
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('cert.pem', 'key.pem')
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))
raw, _ = listener.accept()
tls = context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False)
data = b''
while True:
    chunk = tls.recv(65536)
    if not chunk:
        break
    data += chunk
tls.sendall(data[::-1])
tls.unwrap()
`;

describeTls('a server with TLS answers a client of', () => {
  itWith('openssl', 's_client, over each version', async () => {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const server = await TlsServer.start();
      const target = ['-connect', `127.0.0.1:${server.port}`, '-servername', 'localhost', '-CAfile', 'ca.pem'];
      const client = start('openssl', ['s_client', ...target, version, '-quiet', '-verify_return_error']);
      client.stdin?.write('hello');
      await eventually('echoed', async () => (await server.first('opened')).connection.bytesWritten === 5);
      client.kill('SIGTERM');
      expect(await textOf(client.stdout as NodeJS.ReadableStream)).toBe('hello');
      await server.first('closed');
    }
  });

  itWith('openssl', 's_client, and cuts it off at its fourth renegotiation (F64)', async () => {
    const server = await TlsServer.start();
    const client = start('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${server.port}`,
      '-tls1_2',
      '-CAfile',
      'ca.pem',
    ]);
    await server.first('opened');
    let asked = 0;
    const asking = setInterval(() => {
      client.stdin?.write('R\n');
      asked += 1;
    }, 50);
    const closed = await server.first('closed');
    clearInterval(asking);
    expect(closed).toMatchObject({ reason: 'reset', error: { code: 'ERR_TLS_FAILED' } });
    expect(closed.error?.message).toContain('renegotiation');
    expect(asked).toBeGreaterThanOrEqual(4);
    expect(await server.reply()).toBe('hello');
  });

  itWith('ncat', 'with its --ssl, which verifies the certificate', async () => {
    const server = await TlsServer.start({}, (chunks$) => chunks$.pipe(delay(100)));
    const flags = ['--ssl-verify', '--ssl-trustfile', 'ca.pem', '--ssl-servername', 'localhost'];
    const client = start('ncat', ['--ssl', ...flags, '127.0.0.1', String(server.port)]);
    client.stdin?.write('hello');
    await eventually('echoed', async () => (await server.first('opened')).connection.bytesWritten === 5);
    client.stdin?.end();
    server.stop();
    expect(await textOf(client.stdout as NodeJS.ReadableStream)).toBe('hello');
  });

  itWith('socat', 'with its OPENSSL address, where its input ends first', async () => {
    const server = await TlsServer.start({}, (chunks$) => chunks$.pipe(delay(100)));
    const client = start('socat', [
      '-t',
      '5',
      '-',
      `OPENSSL:127.0.0.1:${server.port},cafile=ca.pem,commonname=localhost`,
    ]);
    client.stdin?.end('hello');
    expect(await textOf(client.stdout as NodeJS.ReadableStream)).toBe('hello');
    expect(await server.first('closed')).toMatchObject({ reason: 'ended' });
  });

  itWith('python3', 'ssl, which ends its side with close_notify and FIN before the reply is sent (F74)', async () => {
    const server = await TlsServer.start({}, (chunks$) => chunks$.pipe(delay(300)));
    const client = start('python3', ['-c', pythonClient, String(server.port)]);
    expect(await textOf(client.stdout as NodeJS.ReadableStream)).toBe('hello');
    expect(await server.first('closed')).toMatchObject({ reason: 'ended', bytesRead: 5, bytesWritten: 5 });
  });

  itWith('python3', 'asyncio, with a megabyte each way', async () => {
    const server = await TlsServer.start();
    const client = start('python3', ['-c', asyncioClient, String(server.port)]);
    expect(await textOf(client.stdout as NodeJS.ReadableStream)).toBe('1000000\n');
    expect(await server.first('closed')).toMatchObject({ reason: 'ended', bytesWritten: 1_000_000 });
  });
});

/** A port that was free a moment ago, for a program that cannot tell which one it took. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listens(port: number): Promise<void> {
  const isUp = () =>
    new Promise<boolean>((resolve) => {
      const probe = net.createServer().once('error', () => resolve(true));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(false)));
    });
  await eventually('the program listens', isUp, 10_000);
}

describeTls('a client with TLS is answered by a server of', () => {
  itWith('openssl', 's_server, which reverses lines, over each version', async () => {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const port = await freePort();
      start('openssl', [
        's_server',
        '-accept',
        `127.0.0.1:${port}`,
        '-key',
        'key.pem',
        '-cert',
        'cert.pem',
        '-rev',
        version,
      ]);
      await listens(port);
      const source$ = concat(of('hello\n'), NEVER).pipe(takeUntil(timer(500)));
      const client = tcpConnect({ port, tls: { ca: authority().cert } });
      expect(await lastValueFrom(source$.pipe(client, text()))).toBe('olleh\n');
    }
  });

  itWith('python3', 'ssl, which insists on close_notify at the end', async () => {
    const port = await freePort();
    const server = start('python3', ['-c', pythonServer, String(port)]);
    await listens(port);
    const client = tcpConnect({ port, tls: { ca: authority().cert } });
    expect(await lastValueFrom(of('hello').pipe(client, text()))).toBe('olleh');
    expect(await textOf(server.stderr as NodeJS.ReadableStream)).toBe('');
  });
});
