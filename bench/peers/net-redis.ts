/** SET and GET of examples/redis.ts on Node's `net`, with its parser: a write for each answer behind a cork, or one for all. */
import { createServer, type Socket } from 'node:net';

const [parser = '', writing, port] = process.argv.slice(2);
const { decoder }: { decoder(): (chunk: Buffer) => string[][] } = await import(parser);
const store = new Map<string, string>();

/** A copy, as the example makes. */
const own = (text: string) => Buffer.from(text, 'latin1').toString('latin1');

function answer([name = '', key = '', value = '']: string[]): string {
  const command = name.toUpperCase();
  if (command === 'SET') {
    store.set(own(key), own(value));
    return '+OK\r\n';
  }
  if (command !== 'GET') return '-ERR unknown command\r\n';
  const found = store.get(key);
  return found === undefined ? '$-1\r\n' : `$${found.length}\r\n${found}\r\n`;
}

function serve(socket: Socket): void {
  const decode = decoder();
  socket.on('data', (chunk: Buffer) => {
    const answers = decode(chunk).map(answer);
    if (writing === 'joined') socket.write(answers.join(''), 'latin1');
    else {
      socket.cork();
      for (const each of answers) socket.write(each, 'latin1');
      socket.uncork();
    }
    if (socket.writableNeedDrain) socket.pause();
  });
  socket.on('drain', () => socket.resume());
  socket.on('error', () => socket.destroy());
}

const server = createServer({ noDelay: true }, serve);

server.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 }, () => {
  const address = server.address() as { port: number };
  process.stdout.write(`listening on 127.0.0.1:${address.port}\n`);
});
