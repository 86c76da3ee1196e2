/** Makes docs/terminal.svg: two clients at once, and a stop in the middle of a third one's delay, as they really run. */
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { linesOf } from './lines.js';
import { picture } from './picture.js';
import { Terminal } from './terminal.js';

const columns = 90;
const typingMs = 150;
const lookMs = 1_000;
/** How long the last state stays before the animation starts again. */
const restMs = 6_000;

const [server, first, second] = Array.from({ length: 3 }, () => new Terminal(columns));
const all = [server, first, second];

async function run(terminal, command) {
  for (const word of command.split(/(?<= )/)) {
    terminal.press(word);
    await pause(typingMs);
  }
  terminal.press('\n');
}

async function play() {
  await run(server, 'npx rxjs-tcp');
  await server.shows('listening');
  await pause(lookMs);
  await run(first, 'npx rxjs-tcp connect 50007 hello');
  await run(second, 'npx rxjs-tcp connect 50007 world');
  await Promise.all([first.shows('Echo=>hello'), second.shows('Echo=>world')]);
  await Promise.all([first.shows('$ '), second.shows('$ ')]);
  await pause(lookMs);
  await run(first, 'npx rxjs-tcp connect 50007 again');
  for (const line of ['opened', 'opened', 'closed', 'closed', 'opened']) await server.shows(line);
  await pause(2 * lookMs);
  server.press('\u0003');
  await first.shows('Echo=>again');
  await server.shows('stopped');
  await Promise.all([first.shows('$ '), server.shows('$ ')]);
}

try {
  await Promise.all(all.map((terminal) => terminal.shows('$ ')));
  const start = performance.now();
  await pause(lookMs);
  await play();
  const durationMs = Math.round(performance.now() - start + restMs);
  const labels = ['the server', 'the first client, then the third', 'the second client'];
  const panes = all.map(({ chunks }, index) => {
    const timed = chunks.map(({ at, text }) => ({ at: at - start, text }));
    return { label: labels[index], lines: linesOf(timed, columns) };
  });
  const title = 'rxjs-tcp in three terminals';
  const description =
    'The server answers two clients at once, each after five seconds. A third client waits when Ctrl-C stops the ' +
    'server: it is answered, then the server prints its totals and exits.';
  writeFileSync('docs/terminal.svg', picture({ title, description, panes, columns, durationMs }));
} finally {
  for (const terminal of all) terminal.close();
}
