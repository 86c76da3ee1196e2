import { map } from 'rxjs';
import { formatAddress, tcpServer } from 'rxjs-tcp';
import { commands } from './resp.js';

const port = Number(process.argv[2] ?? 0);
const store = new Map<string, string>();

const bulk = (text?: string) => (text === undefined ? '$-1\r\n' : `$${text.length}\r\n${text}\r\n`);
const integer = (value: number) => `:${value}\r\n`;
const error = (message: string) => `-ERR ${message.replaceAll(/[\r\n]/g, ' ')}\r\n`;

/** A copy: what is cut from a chunk keeps all of it. */
const own = (text: string) => Buffer.from(text, 'latin1').toString('latin1');

function set(key: string, value: string): string {
  store.set(own(key), own(value));
  return '+OK\r\n';
}

function increment(key: string): string {
  const before = store.get(key) ?? '0';
  const after = Number(before) + 1;
  if (String(after - 1) !== before || !Number.isSafeInteger(after)) return error('value is not an integer');
  set(key, String(after));
  return integer(after);
}

/** Each command, with how many arguments it takes. */
const table: Record<string, readonly [least: number, most: number, run: (...args: string[]) => string]> = {
  COMMAND: [0, 2, () => '*0\r\n'],
  DEL: [1, Number.POSITIVE_INFINITY, (...keys) => integer(keys.filter((key) => store.delete(key)).length)],
  ECHO: [1, 1, bulk],
  GET: [1, 1, (key) => bulk(store.get(key))],
  INCR: [1, 1, increment],
  PING: [0, 1, (message?: string) => (message === undefined ? '+PONG\r\n' : bulk(message))],
  SET: [2, 2, set],
};

function answer([name = '', ...args]: string[]): string {
  const command = table[name.toUpperCase()];
  if (command === undefined) return error(`unknown command '${name}'`);
  const [least, most, run] = command;
  if (args.length < least || args.length > most) return error(`wrong number of arguments for '${name}'`);
  return run(...args);
}

// A subset of Redis, for redis-cli -p PORT. All answers to one chunk are one reply; smaller chunks keep it below 16 MiB.
const redis$ = tcpServer({ port, maxChunkBytes: 4_096 }, (chunks$) =>
  chunks$.pipe(
    commands(),
    map((all) => Buffer.from(all.map(answer).join(''), 'latin1')),
  ),
);

redis$.subscribe((event) => {
  if (event.type === 'listening') console.log(`listening on ${formatAddress(event.address)}`);
});
