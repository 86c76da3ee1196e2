/** examples/chat.ts: members that read, one that reads late and one that never reads. */
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { Client } from '../support/client.js';
import { serveExample } from '../support/command.js';

/** More than the kernel holds for a member that does not read. */
const said = Array.from({ length: 15_000 }, () => `${'x'.repeat(999)}\n`);

describe('examples/chat.ts', () => {
  it('passes the lines of each member on to all, and tells who comes and goes', async () => {
    const { port } = await serveExample('chat');
    const one = await Client.connect(port);
    await one.bytes('* you are 1\n'.length);
    const two = await Client.connect(port);
    await two.bytes('* you are 2\n'.length);
    await one.send('hel');
    one.end('lo\r\nit is me\n');
    const heard = '1: hello\n1: it is me\n';
    expect(String(await one.all())).toBe(`* you are 1\n* 2 joined\n${heard}`);
    expect(String(await two.bytes(`* you are 2\n${heard}* 1 left\n`.length))).toBe(`* you are 2\n${heard}* 1 left\n`);
  });

  it('resets a member whose line is too long, and no other', async () => {
    const { port } = await serveExample('chat');
    const one = await Client.connect(port);
    await one.bytes('* you are 1\n'.length);
    const two = await Client.connect(port);
    await two.bytes('* you are 2\n'.length);
    await two.send('x'.repeat(1_001));
    expect(await two.ended()).toBe('reset');
    const heard = '* you are 1\n* 2 joined\n* 2 left\n';
    expect(String(await one.bytes(heard.length))).toBe(heard);
  });

  it('leaves out lines while a member does not read, and then tells it how many', async () => {
    const { port } = await serveExample('chat');
    const talker = await Client.connect(port);
    await talker.bytes('* you are 1\n'.length);
    const late = await Client.connect(port, { reads: false });
    await talker.bytes('* you are 1\n* 2 joined\n'.length);
    talker.end(said.join(''));
    await talker.ended(); // so all is said
    let heard = 0;
    let missed = 0;
    for await (const line of createInterface({ input: late.socket })) {
      const [, count] = /^\* you missed (\d+) lines$/.exec(line) ?? [];
      if (count === undefined) heard += 1;
      else missed += Number(count);
      if (heard + missed === said.length + 2) break; // its number, and that the talker left
    }
    expect(heard + missed).toBe(said.length + 2);
    expect(missed).toBeGreaterThan(0);
    late.reset();
  });

  it('cuts a member that never reads', async () => {
    const server = await serveExample('chat');
    const talker = await Client.connect(server.port);
    await talker.bytes('* you are 1\n'.length);
    const mute = await Client.connect(server.port, { reads: false });
    await talker.send(said.join(''));
    await expect.poll(server.printed, { timeout: 20_000 }).toContain('2 left: stalled\n');
    mute.read();
    await mute.ended();
    expect(mute.receivedBytes).toBeLessThan(said.length * 1_000);
  });
});
