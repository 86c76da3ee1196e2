import { setTimeout as sleep } from 'node:timers/promises';
import { finalize, from, map, mergeMap } from 'rxjs';
import { encodeLengthPrefixed, formatAddress, type Handler, lengthPrefixed, tcpServer } from 'rxjs-tcp';

/** Requests and responses are JSON, each behind its length in four bytes. A response has the id of its request. */
export interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: readonly number[];
}
export interface Response {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

const port = Number(process.argv[2] ?? 0);

const methods = new Map<string, (...params: number[]) => unknown>([
  ['add', (...numbers) => numbers.reduce((sum, number) => sum + number, 0)],
  ['sleep', (ms) => sleep(ms, `slept ${ms} ms`)],
]);

async function answer({ id, method, params }: Request): Promise<Response> {
  try {
    const run = methods.get(method);
    if (run === undefined) throw new Error(`no method ${method}`);
    return { id, result: await run(...params) };
  } catch (error) {
    return { id, error: String(error) };
  }
}

/** Answers in any order. A request counts in the window until it has its result, so that TCP stops a client that asks faster. */
const rpc: Handler = (chunks$, connection) =>
  chunks$.pipe(
    lengthPrefixed({ maxBytes: 65_536 }),
    mergeMap((frame) => {
      const { length } = frame;
      connection.hold(length);
      return from(answer(JSON.parse(String(frame)))).pipe(finalize(() => connection.release(length)));
    }),
    map((response) => JSON.stringify(response)),
    encodeLengthPrefixed(),
  );

tcpServer({ port }, rpc).subscribe((event) => {
  if (event.type === 'listening') console.log(`listening on ${formatAddress(event.address)}`);
});
