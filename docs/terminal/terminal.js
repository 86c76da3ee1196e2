/** A shell in a terminal, which `script` of util-linux makes: keys go in, and what it shows is kept with its time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const prompt = fileURLToPath(new URL('prompt.sh', import.meta.url));
const shell = `bash --noediting --noprofile --rcfile '${prompt}' -i`;

/** How long the terminal may take to show what is awaited: more than the five seconds of a reply. */
const atMostMs = 15_000;

export class Terminal {
  /** What it has shown: `text`, and `at`, the milliseconds of `performance.now()`. */
  chunks = [];
  #child;
  #unread = '';

  constructor(columns) {
    const { HOME, PATH } = process.env;
    const npm = { npm_config_update_notifier: 'false' };
    // On a dumb terminal, and without editing in the shell, nothing moves the cursor: all that is shown is plain lines.
    const env = { HOME, PATH, TERM: 'dumb', FORCE_COLOR: '1', WIDTH: String(columns), ...npm };
    this.#child = spawn('script', ['--quiet', '--command', shell, '/dev/null'], { env });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.chunks.push({ at: performance.now(), text });
      this.#unread += text;
    });
  }

  press(keys) {
    this.#child.stdin.write(keys);
  }

  /** Waits until it shows this text, after the text that was awaited before. */
  async shows(text) {
    const signal = AbortSignal.timeout(atMostMs);
    while (!this.#unread.includes(text)) {
      await once(this.#child.stdout, 'data', { signal }).catch((cause) => {
        throw new Error(`Expected the terminal to show ${text}, got ${this.#unread}`, { cause });
      });
    }
    this.#unread = this.#unread.slice(this.#unread.indexOf(text) + text.length);
  }

  /** Hangs up, which ends what runs in it. */
  close() {
    this.#child.kill();
  }
}
