import { concat, defer, finalize, first, map, Subject, share, timeout } from 'rxjs';
import { encodeLengthPrefixed, lengthPrefixed, tcpConnect } from 'rxjs-tcp';
import type { Request, Response } from './rpc.js';

/** Makes a function that calls a method. Calls that are under way share a connection, and fail where it does. */
function rpc(port: number, timeoutMs: number) {
  const underWay = new Map<number, Request>();
  const added$ = new Subject<Request>();
  let lastId = 0;
  const responses$ = defer(() => concat(underWay.values(), added$)).pipe(
    map((request) => JSON.stringify(request)),
    encodeLengthPrefixed(),
    tcpConnect(port),
    lengthPrefixed({ maxBytes: 65_536 }),
    map((frame): Response => JSON.parse(String(frame))),
    share(),
  );
  return (method: string, ...params: number[]) =>
    defer(() => {
      lastId += 1;
      const request = { id: lastId, method, params };
      underWay.set(request.id, request);
      added$.next(request);
      return responses$.pipe(
        first(({ id }) => id === request.id),
        map(({ result, error }) => {
          if (error !== undefined) throw new Error(error);
          return result;
        }),
        timeout(timeoutMs),
        finalize(() => underWay.delete(request.id)),
      );
    });
}

// The port of the server, as rpc.ts prints it.
const call = rpc(Number(process.argv[2]), 500);
const calls = {
  'sleep 100': call('sleep', 100),
  'add 1 2': call('add', 1, 2),
  'sleep 5000': call('sleep', 5_000),
  fly: call('fly'),
};

for (const [name, result$] of Object.entries(calls)) {
  result$.subscribe({
    next: (result) => console.log(`${name}: ${result}`),
    error: ({ message }) => console.log(`${name}: ${message}`),
  });
}
