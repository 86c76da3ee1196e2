/** Response times and processor time of the built command, in a process of its own. */
import { setTimeout as elapse } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { run, serve } from '../support/command.js';
import { cpuSeconds, hasProcessFigures, report } from '../support/process-figures.js';

describe('the response times of rxjs-tcp serve', () => {
  it('1 000 simultaneous clients are answered between 5.0 and 5.6 s, and the processor idles meanwhile', async () => {
    const { port, pid } = await serve();
    const count = 1_000;
    const firstAt = performance.now();
    const clients: Client[] = [];
    const answers: Promise<number>[] = [];
    await Promise.all(
      Array.from({ length: count }, async () => {
        const cameAt = performance.now();
        const client = await Client.connect(port);
        client.socket.write('hello');
        clients.push(client);
        answers.push(client.bytes(1).then(() => performance.now() - cameAt));
      }),
    );
    await elapse(1_000);
    const before = hasProcessFigures ? cpuSeconds(pid) : 0;
    await elapse(3_000);
    const busySeconds = hasProcessFigures ? cpuSeconds(pid) - before : 0;
    const first = Math.min(...(await Promise.all(answers)));
    const last = performance.now() - firstAt;
    report(`1 000 clients: first answer ${first.toFixed(0)} ms, last ${last.toFixed(0)} ms, busy ${busySeconds} s`);
    expect(clients.filter(({ received }) => String(received).startsWith('Echo=>hello at ')).length).toBe(count);
    expect(first).toBeGreaterThanOrEqual(5_000);
    expect(last).toBeLessThanOrEqual(5_600);
    if (hasProcessFigures) expect(busySeconds).toBeLessThanOrEqual(0.1);
  });

  it('after the delay a message is answered within 5 ms, the median of 101', async () => {
    const { port } = await serve(['--delay', '50ms']);
    const client = await Client.connect(port);
    const answered = async (message: string): Promise<void> => {
      const before = client.receivedBytes;
      client.socket.write(message);
      const received = await client.bytes(before + 1);
      expect(String(received.subarray(before))).toContain(`Echo=>${message} at `);
    };
    await answered('first');
    const times: number[] = [];
    for (let round = 0; round < 101; round += 1) {
      const sentAt = performance.now();
      await answered('again');
      times.push(performance.now() - sentAt);
    }
    report(`a second message: ${median(times).toFixed(2)} ms, median of 101`);
    expect(median(times)).toBeLessThan(5);
  });
});

describe('the start of rxjs-tcp serve', () => {
  it('takes at most 200 ms more than an empty program, the fastest of 20 to 60 each', async () => {
    const empty: number[] = [];
    const listening: number[] = [];
    const more = () => Math.min(...listening) - Math.min(...empty); // other load makes a start slower, never faster
    for (let round = 0; round < 20 || (more() > 200 && round < 60); round += 1) {
      const startedAt = performance.now();
      await run(process.execPath, ['--eval', '0']);
      const emptyAt = performance.now();
      const server = await serve();
      listening.push(performance.now() - emptyAt);
      empty.push(emptyAt - startedAt);
      await server.end('SIGTERM');
    }
    report(
      `an empty program: ${median(empty).toFixed(0)} ms; listening after ${median(listening).toFixed(0)} ms, the medians`,
    );
    expect(more()).toBeLessThanOrEqual(200);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
