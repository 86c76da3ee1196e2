/** Two processes share a port, and one of them is restarted again and again while clients connect. Prints what became of the clients. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';

const restarts = 8;
const clients = 50;
/** Between two restarts. */
const each = 500;

const counts = { answered: 0, returned: 0, lost: 0 };
let isOver = false;
let reached = () => {};

async function start(port) {
  const flags = ['--reuse-port', '--port', port, '--delay', '0', '--reply', 'raw', '--quiet'];
  const args = ['node_modules/rxjs-tcp/dist/app/main.js', 'serve', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { child, port: /:(\d+)/.exec(line)[1] };
}

/** One connection after the other, each with a request. An end without an answer returns it, a reset loses it. */
async function ask(port) {
  while (!isOver) {
    const socket = net.connect(port, '127.0.0.1');
    let result = 'returned';
    socket.on('data', () => {
      result = 'answered';
      socket.resetAndDestroy();
    });
    socket.on('error', () => {
      result = 'lost';
    });
    socket.write('x');
    await new Promise((resolve) => socket.on('close', resolve));
    counts[result] += 1;
    if (counts.answered % each === 0) reached();
  }
}

const first = await start('0');
const servers = [first.child, (await start(first.port)).child];
const asking = Array.from({ length: clients }, () => ask(first.port));
for (let restart = 0; restart < restarts; restart += 1) {
  await new Promise((resolve) => {
    reached = resolve;
  });
  const [old] = servers;
  old.kill('SIGTERM');
  await once(old, 'exit');
  servers.push((await start(first.port)).child);
  servers.shift();
}
isOver = true;
await Promise.all(asking);
for (const server of servers) server.kill('SIGTERM');
console.log(JSON.stringify(counts));
