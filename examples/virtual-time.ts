import { deepStrictEqual } from 'node:assert/strict';
import { map, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { echo, memoryNetwork, tcpConnect, tcpServer } from 'rxjs-tcp';

new TestScheduler(deepStrictEqual).run(({ expectObservable }) => {
  const transport = memoryNetwork();
  tcpServer({ port: 7, transport }, echo({ delayMs: 5_000, reply: 'raw' })).subscribe();
  const replies$ = of('hello').pipe(tcpConnect({ port: 7, transport }), map(String));
  expectObservable(replies$).toBe('5s (a|)', { a: 'hello' });
});
