/** The built command and the compiled examples, in processes of their own. */
import { type SpawnOptionsWithoutStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** What `npm start` gives to Node. What memory costs is promised of it: by npx, V8's young generation takes 16 MB more. */
export const main: readonly string[] = ['--max-semi-space-size=4', 'dist/app/main.js'];

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without the HOST and PORT of the environment that the specs run in. */
function environment(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { HOST, PORT, ...rest } = process.env;
  return { ...rest, ...extra };
}

/** Longer than any run: a process that hangs outlives its test by no more than this. */
const atMostMs = 60_000;

/** Runs a program to its end, on that standard input. */
export async function run(
  program: string,
  args: readonly string[],
  input: string | Buffer = '',
  { env = {}, ...options }: SpawnOptionsWithoutStdio = {},
): Promise<Ended> {
  const limits = { timeout: atMostMs, killSignal: 'SIGKILL' } as const;
  const child = spawn(program, args, { ...limits, ...options, env: environment(env) });
  child.stdin.on('error', () => {}); // it may end without having read all
  child.stdin.end(input);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout.setEncoding('latin1')),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { stdout, stderr, status };
}

/** Runs `rxjs-tcp` to its end. */
export function command(
  args: readonly string[],
  input: string | Buffer = '',
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return run(process.execPath, [...main, ...args], input, { env });
}

export interface RunningServer {
  /** '' where it listens on none. */
  readonly port: string;
  readonly pid: number;
  /** Its standard input. */
  readonly input: Writable;
  /** What it has printed so far. */
  readonly printed: () => string;
  /** What it has printed to standard error so far. */
  readonly complained: () => string;
  /** Its end. */
  readonly ended: Promise<Ended>;
  /** Sends the signal and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<Ended>;
}

/** The specs read the log for people, which is for terminals by default. */
const serveCommand = [...main, 'serve', '--log', 'pretty'];

/** `rxjs-tcp serve` on a port of its own, listening; killed at the end of the test if it still runs. */
export function serve(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<RunningServer> {
  return listening([...serveCommand, '--port', '0', ...args], { env: environment(env) });
}

/** `rxjs-tcp serve` where its arguments say. */
export function serveElsewhere(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RunningServer> {
  return listening([...serveCommand, ...args], { env: environment(env) });
}

/** `rxjs-tcp proxy`, started by a program that gets the command as its arguments, if one is given. */
export function proxy(args: readonly string[], [program, ...before]: readonly string[] = []): Promise<RunningServer> {
  const own = [...main, 'proxy', '--log', 'pretty', ...args];
  const all = program === undefined ? own : [...before, process.execPath, ...own];
  return listening(all, { env: environment({}) }, program);
}

/** `rxjs-tcp serve` as that shell program starts it, which gets the command as $0 and its arguments. */
export function serveFromShell(program: string, args: readonly string[]): Promise<RunningServer> {
  const server = [process.execPath, ...serveCommand, ...args];
  return listening(['-c', program, ...server], { env: environment({}) }, 'sh');
}

/** `rxjs-tcp serve` as that Python program starts it, which gets the command as its arguments. */
export function serveFromPython(program: string, args: readonly string[]): Promise<RunningServer> {
  const server = [process.execPath, ...serveCommand, ...args];
  return listening(['-c', program, ...server], { env: environment({}) }, 'python3');
}

/** Where `npm run example` compiles the examples and runs one. */
export const compiledExamples = 'examples/.cache';

/** A server of examples/, as `serve` runs the command. */
export function serveExample(name: string): Promise<RunningServer> {
  return listening([name], { cwd: compiledExamples, env: environment({}) });
}

/** An example that ends by itself. */
export function runExample(name: string, ...args: string[]): Promise<Ended> {
  return run(process.execPath, [`${compiledExamples}/${name}.js`, ...args]);
}

async function listening(
  args: readonly string[],
  options: SpawnOptionsWithoutStdio,
  program = process.execPath,
): Promise<RunningServer> {
  const child = spawn(program, args, options);
  child.stdin.on('error', () => {}); // it may end without having read all
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      const [, address] = /listening\S* on (\S+?),?\s/.exec(stdout) ?? [];
      if (address !== undefined) resolve(/:(\d+)\D*$/.exec(address)?.[1] ?? '');
    });
    child.on('close', (status) => reject(new Error(`The server ended with ${status}: ${stderr}`)));
  });
  const ended = once(child, 'close').then(([status]): Ended => ({ status, stdout, stderr }));
  return {
    port,
    pid: child.pid as number,
    input: child.stdin,
    printed: () => stdout,
    complained: () => stderr,
    ended,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

/** netcat with the flag that makes it end its side with its input: OpenBSD's needs one, Nmap's does not. */
export const netcat: readonly [string, ...string[]] | undefined = (
  [
    ['ncat', '--version'],
    ['nc', '-h'],
  ] as const
).flatMap(([program, flag]) => {
  const { stdout, stderr, error } = spawnSync(program, [flag], { encoding: 'utf8' });
  if (error !== undefined) return [];
  return [
    /OpenBSD|-N/.test(`${stdout}${stderr}`) && program === 'nc' ? ([program, '-N'] as const) : ([program] as const),
  ];
})[0] as readonly [string, ...string[]] | undefined;
