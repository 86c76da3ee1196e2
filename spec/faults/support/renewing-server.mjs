/** An echo over TLS that renews its certificate every few milliseconds: `node renewing-server.mjs IDENTITIES EVERY_MS COUNT`. */
import { identity, interval, map, NEVER, startWith, take, tap } from 'rxjs';
import { tcpServer } from '../../../dist/index.js';

const [identities, everyMs, count] = process.argv.slice(2).map((argument) => JSON.parse(argument));

const log = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const tls = interval(everyMs).pipe(
  take(count),
  tap((index) => (index + 1) % 100 === 0 && log({ event: 'renewed', times: index + 1 })),
  startWith(-1),
  map((index) => identities[(index + 1) % identities.length]),
);

tcpServer({ port: 0, tls, stop$: NEVER }, identity).subscribe(({ type, address, reason, error }) => {
  if (type === 'listening') process.stdout.write(`listening on ${address.host}:${address.port}\n`);
  else log({ event: type, reason, message: error?.message });
});
