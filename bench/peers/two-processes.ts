/** Two processes of this project's server as one peer: `reuse-port` on one port, or `haproxy` on a port each behind it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [way = '', port = '0', delayMs = '', maxChunkBytes = '', job = ''] = process.argv.slice(2);
const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** In the process group of this process, which is stopped as a whole. Resolves with its port. */
function listening([file = '', ...args]: readonly string[], env = {}): Promise<string> {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child: ChildProcess = spawn(file, args, { env: { ...process.env, ...env }, stdio: [...stdio] });
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (line) => resolve(/^listening on \S+:(\d+)$/m.exec(`${line}`)?.[1] ?? ''));
    child.on('error', reject).on('exit', () => process.exit(1)); // it has said why
  });
}

const server = (on: string) => [process.execPath, fileOf('rxjs-tcp.js'), on, delayMs, maxChunkBytes, job];

async function start(): Promise<string> {
  if (way === 'reuse-port') {
    const shared = await listening(server(port), { REUSE_PORT: 'yes' });
    return listening(server(shared), { REUSE_PORT: 'yes' });
  }
  const ports = await Promise.all([listening(server('0')), listening(server('0'))]);
  const haproxy = fileOf('../../../peers/haproxy.py');
  return listening(['python3', haproxy, port, delayMs, maxChunkBytes, 'proxy', ...ports]);
}

process.stdout.write(`listening on 127.0.0.1:${await start()}\n`);
