/** A headless Chromium, controlled by its DevTools protocol over a pipe: without a port or a package. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** The first one on the PATH. */
export const chromium: string | undefined = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);

export interface Page {
  /** A command of the protocol, to this page. */
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** The events of this kind since the page was opened. */
  events(method: string): Record<string, unknown>[];
  /** Resolves at the next event of this kind. */
  next(method: string): Promise<void>;
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export async function openPage(): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
  ];
  const child = spawn(chromium ?? '', flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const [, , , input, output] = child.stdio as unknown as [null, null, null, Writable, Readable];
  const events: Message[] = [];
  const waiting = new Map<number, (message: Message) => void>();
  const expected = new Map<string, () => void>();
  let lastId = 0;
  let sessionId: string | undefined;

  const send = async (method: string, params: object = {}): Promise<Record<string, unknown>> => {
    const id = ++lastId;
    const answer = new Promise<Message>((resolve) => waiting.set(id, resolve));
    input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  };
  readMessages(output, (message) => {
    if (message.id !== undefined) return waiting.get(message.id)?.(message);
    events.push(message);
    expected.get(message.method ?? '')?.();
  });

  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  sessionId = (await send('Target.attachToTarget', { targetId, flatten: true })).sessionId as string;
  return {
    send,
    events: (method) => events.filter((message) => message.method === method).map(({ params }) => params ?? {}),
    next: (method) => new Promise((resolve) => expected.set(method, resolve)),
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, returnByValue: true });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value: T }).value;
    },
    async close() {
      const ended = new Promise((resolve) => child.once('close', resolve));
      await send('Browser.close');
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Messages end with a zero byte. */
function readMessages(output: Readable, take: (message: Message) => void): void {
  let rest = '';
  output.setEncoding('utf8');
  output.on('data', (text: string) => {
    const parts = (rest + text).split('\0');
    rest = parts.pop() ?? '';
    for (const part of parts) take(JSON.parse(part) as Message);
  });
}
