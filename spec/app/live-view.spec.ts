/** `rxjs-tcp serve --live` on a terminal: what it shows, and that it leaves the terminal as it was. */
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { main } from '../support/command.js';
import { EmulatedTerminal, type Size } from '../support/emulated-terminal.js';
import { hasScript, named } from '../support/terminal.js';

const small: Size = { columns: 80, rows: 24 };
const wide: Size = { columns: 120, rows: 40 };
const stamped = /^opened 127\.0\.0\.1:\d+ at \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;
const [interrupt, suspend, quit] = ['\u0003', '\u001a', '\u001c'];

const crashing = `--import 'data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("a bug")})'`;
const live = (flags: string) =>
  `(echo "pid $BASHPID"; exec "${process.execPath}" ${crashing} ${main.join(' ')} --port 0 --live ${flags})`;
/** Says whether the terminal driver is set as before. */
const checked = (command: string) =>
  `ulimit -c 0; before=$(stty -a); ${command}; status=$?; [ "$before" = "$(stty -a)" ] && echo "as it was, status $status"`;

const shows = (terminal: EmulatedTerminal, text: string | RegExp) =>
  expect
    .poll(() => terminal.screen.join('\n'), { timeout: 20_000 })
    .toEqual(typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text));

/** Waits until the view is as wide as the terminal. */
const fills = (terminal: EmulatedTerminal, { columns }: Size) =>
  expect
    .poll(() => terminal.screen[0], { timeout: 20_000 })
    .toMatch(new RegExp(`^(?=.{${columns}}$)rxjs-tcp listening on .* up .* s$`));

/** Waits for the view. */
async function started(terminal: EmulatedTerminal): Promise<{ port: string; pid: number }> {
  await shows(terminal, /rxjs-tcp listening on 127\.0\.0\.1:\d+/);
  const [, pid, port = ''] = /pid (\d+).*? on 127\.0\.0\.1:(\d+)/s.exec(terminal.written) ?? [];
  return { pid: Number(pid), port };
}

/** The shell's screen again, with nothing of the view on it. */
function expectAsBefore(terminal: EmulatedTerminal): void {
  const { isAlternate, wraps, showsCursor } = terminal;
  expect({ isAlternate, wraps, showsCursor }).toEqual({ isAlternate: false, wraps: true, showsCursor: true });
  expect(terminal.screen.join('\n')).not.toContain('SLOWEST PEERS');
}

describe.skipIf(!hasScript)('rxjs-tcp serve --live', () => {
  it(named('shows connections that wait and are answered, bytes, the slowest peers and the log'), async () => {
    const terminal = new EmulatedTerminal(live('--delay 0 --reply raw'), small);
    const { port } = await started(terminal);
    const [silent, talking] = [await Client.connect(port), await Client.connect(port)];
    await shows(terminal, /^connections {2}2 waiting {8}0 answered /m);
    await talking.send('hello');
    await shows(terminal, /^connections {2}1 waiting {8}1 answered /m);
    await shows(terminal, /^since start {2}2 opened {9}0 closed {9}5 B in {11}5 B out$/m);
    await shows(terminal, new RegExp(`^127\\.0\\.0\\.1:${talking.socket.localPort} .* s +5 B +5 B +0 B +0 B$`, 'm'));
    await shows(terminal, new RegExp(`^opened 127\\.0\\.0\\.1:${silent.socket.localPort} at `, 'm'));
    silent.reset();
    talking.end();
    await shows(terminal, /^since start {2}2 opened {9}2 closed /m);
    await shows(terminal, /^closed .*: reset after /m);
    // The peers had these rows before: nothing of a longer line is left.
    const opened = terminal.screen.filter((row) => row.startsWith('opened'));
    expect(opened).toEqual([expect.stringMatching(stamped), expect.stringMatching(stamped)]);
  });

  it(named('shows first who does not take what is sent'), async () => {
    const terminal = new EmulatedTerminal(live('--service chargen'), small);
    const { port } = await started(terminal);
    const clients = [await Client.connect(port), await Client.connect(port, { reads: false })];
    await shows(terminal, new RegExp(`UNSENT\n127\\.0\\.0\\.1:${clients[1]?.socket.localPort} .* [1-9][\\d.]* k?B\n`));
  });

  it.each([
    ['Ctrl-C', 0, (terminal: EmulatedTerminal) => terminal.type(interrupt)],
    ['SIGTERM', 0, (_: EmulatedTerminal, pid: number) => process.kill(pid, 'SIGTERM')],
    ['Ctrl-\\', 131, (terminal: EmulatedTerminal) => terminal.type(quit)],
    ['a crash', 1, (_: EmulatedTerminal, pid: number) => process.kill(pid, 'SIGUSR2')],
  ])('leaves the terminal as it was at %s', async (how, status, end) => {
    const terminal = new EmulatedTerminal(checked(live('')), small);
    const { pid, port } = await started(terminal);
    expect([terminal.isAlternate, terminal.wraps, terminal.showsCursor]).toEqual([true, false, false]);
    end(terminal, pid);
    await shows(terminal, `as it was, status ${status}`);
    expectAsBefore(terminal);
    const rest = terminal.screen.join('\n');
    expect(rest).toContain(`listening on 127.0.0.1:${port}, live\n`);
    if (status === 0) expect(rest).toMatch(/^stopped at .*: 0 connections/m);
    if (how === 'a crash') expect(rest).toContain('Error: a bug');
  });

  it('leaves it for a shell at Ctrl-Z, and comes back with fg, to the size that it has then', async () => {
    const terminal = new EmulatedTerminal(`set -m; ${checked(live(''))}; read -r; fg`, small);
    const { port } = await started(terminal);
    terminal.type(suspend);
    await shows(terminal, 'as it was, status 148');
    expectAsBefore(terminal);
    terminal.resize(wide);
    terminal.type('\r');
    await shows(terminal, new RegExp(`^rxjs-tcp listening on 127\\.0\\.0\\.1:${port} +up .* s$`, 'm'));
    expect(terminal.isAlternate).toBe(true);
    await fills(terminal, wide);
    terminal.type(interrupt);
    await terminal.ended;
    expectAsBefore(terminal);
  });

  it.each(['cols', 'rows'])('has 80 columns and 24 rows where the terminal does not know its %s', async (unknown) => {
    const terminal = new EmulatedTerminal(`stty ${unknown} 0; ${live('')}`, small);
    await started(terminal);
    await fills(terminal, small);
    await shows(terminal, /^LOG .* Ctrl-Z suspends$/m);
  });

  it('fills the terminal anew when its size changes', async () => {
    const terminal = new EmulatedTerminal(live(''), wide);
    await started(terminal);
    await fills(terminal, wide);
    terminal.resize(small);
    await fills(terminal, small);
    expect(terminal.screen.filter((row) => row.includes('rxjs-tcp listening')).length).toBe(1);
  });
});
