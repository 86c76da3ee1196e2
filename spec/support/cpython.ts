/** Asks the CPython of this machine, where there is one. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Questions {
  /** Seconds since 1970, by time zone. */
  readonly ctimes?: Readonly<Record<string, readonly number[]>>;
  /** Bytes, as hexadecimal digits. */
  readonly reprs?: readonly string[];
}

export interface Answers {
  readonly ctimes: Record<string, Record<string, string>>;
  readonly reprs: Record<string, string>;
  readonly knowsZones: boolean;
}

const script = fileURLToPath(new URL('cpython.py', import.meta.url));

export function askPython(questions: Questions): Answers {
  const { status, stdout, stderr } = run(questions);
  if (status !== 0) throw new Error(`python3 failed: ${stderr}`);
  return JSON.parse(stdout) as Answers;
}

/** Why there is no CPython to ask, for the name of the test that is skipped. */
export function pythonLacks(need: 'zones' | 'nothing more'): string | undefined {
  const { status, stdout } = run({});
  if (status !== 0) return 'no python3 here';
  return need === 'zones' && !(JSON.parse(stdout) as Answers).knowsZones
    ? 'python3 knows no time zones here'
    : undefined;
}

function run(questions: Questions) {
  return spawnSync('python3', [script, 'answer'], { input: JSON.stringify(questions), encoding: 'utf8' });
}
