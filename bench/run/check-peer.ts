/** Before anything is timed: does the peer do the job at all? Its delay, both replies, and the splitting. */
import { connect } from 'node:net';
import type { Peer } from '../peers.js';
import { type ServerOptions, startServer } from './server-process.js';

const delayMs = 150;
const patienceMs = 3_000;
const time = '[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}';

const cases: readonly { options: ServerOptions; answer: RegExp }[] = [
  {
    options: { delayMs, reply: 'text', maxChunkBytes: 4 },
    answer: new RegExp(`^Echo=>abcd at ${time}Echo=>efgh at ${time}$`),
  },
  { options: { delayMs, reply: 'raw', maxChunkBytes: 65_536 }, answer: /^abcdefgh$/ },
];

/** What is wrong with it, or nothing. */
export async function checkPeer(peer: Peer): Promise<string | undefined> {
  for (const { options, answer } of cases) {
    try {
      const server = await startServer(peer, options);
      const fault = await ask(server.port, answer).finally(server.stop);
      if (fault !== undefined) return `wrong ${options.reply} reply: ${fault}`;
    } catch (error) {
      return (error as Error).message;
    }
  }
  return undefined;
}

function ask(port: number, expected: RegExp): Promise<string | undefined> {
  return new Promise((resolve) => {
    const startMs = performance.now();
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('abcdefgh'));
    const finish = (fault?: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(fault);
    };
    const timer = setTimeout(() => finish(`${JSON.stringify(answer)} after ${patienceMs} ms`), patienceMs);
    socket.on('error', (error) => finish(error.message));
    socket.on('data', (chunk) => {
      answer += chunk;
      if (!expected.test(answer)) return;
      const ms = performance.now() - startMs;
      finish(ms < delayMs ? `it came after ${ms.toFixed(1)} ms, ${delayMs} were asked for` : undefined);
    });
  });
}
