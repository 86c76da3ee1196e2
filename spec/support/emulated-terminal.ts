/** A terminal, emulated by xterm.js, that a shell runs on: what it shows, and what it is told by the keyboard and by its window. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import xterm from '@xterm/headless';
import { onTestFinished } from 'vitest';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export class EmulatedTerminal {
  /** Once the shell has ended, and all that it wrote is on the screen. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #emulator: xterm.Terminal;
  /** All that was written to it. */
  written = '';

  /** @param script for bash, which `script` of util-linux runs on a pseudo-terminal; it begins by telling the name of that */
  constructor(script: string, { columns, rows }: Size) {
    const size = `stty cols ${columns} rows ${rows}; tty`;
    // In the place of the shell that `script` takes from SHELL: one that is not bash would end by Ctrl-\ itself.
    const command = `exec bash -c '${`${size}; ${script}`.replaceAll("'", `'\\''`)}'`;
    this.#child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm-256color' },
    });
    this.#emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.written += text;
      this.#emulator.write(text);
    });
    // As terminals do, so that a failed comparison tells a shell that has ended from one that hangs.
    const told = ([status]: unknown[]) =>
      new Promise<void>((resolve) => this.#emulator.write(`[the shell ended, status ${status}]`, resolve));
    this.ended = once(this.#child, 'close').then(told);
    onTestFinished(() => {
      this.#child.kill('SIGKILL');
      this.#emulator.dispose();
    });
  }

  /** The rows of the screen, the normal one or the alternate one. */
  get screen(): string[] {
    const { buffer, rows: count, cols } = this.#emulator;
    const rows = Array.from({ length: count }, (_, row) => buffer.active.getLine(buffer.active.baseY + row));
    return rows.map((row) => row?.translateToString(true, 0, cols) ?? ''); // a row keeps what was behind the columns that it lost
  }

  get isAlternate(): boolean {
    return this.#emulator.buffer.active.type === 'alternate';
  }

  get wraps(): boolean {
    return this.#emulator.modes.wraparoundMode;
  }

  get showsCursor(): boolean {
    return this.written.lastIndexOf('\u001b[?25h') >= this.written.lastIndexOf('\u001b[?25l');
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  resize({ columns, rows }: Size): void {
    const [, device = ''] = /(\/dev\/\S+)/.exec(this.written) ?? [];
    this.#emulator.resize(columns, rows);
    execFileSync('stty', ['-F', device, 'cols', String(columns), 'rows', String(rows)]);
  }
}
