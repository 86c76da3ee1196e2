import { deepStrictEqual } from 'node:assert/strict';
import { catchError, map, noop, of, retry, timeout } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { encodeLines, lines, memoryNetwork, type TcpConnectConfig, tcpConnect, tcpServer } from 'rxjs-tcp';

/** The client under test: asks for a line, waits two seconds for it, and asks up to three times, a second apart. */
const ask = (question: string, server: TcpConnectConfig) =>
  of(question).pipe(
    encodeLines(),
    tcpConnect(server),
    lines({ unfinished: 'error' }),
    map(String),
    timeout({ first: 2_000 }),
    retry({ count: 2, delay: 1_000 }),
  );

/** What a server sends: a whole line, or the two parts of one. */
const sent = { w: 'pong\n', p: 'po', n: 'ng\n' };
const seen = { a: 'pong', i: 'ERR_FRAME_INCOMPLETE', r: 'ERR_CONNECTION_RESET', t: 'TimeoutError' };

/** Each diagram is a connection: what the server sends on it and when, its FIN (|), its crash (#). */
function test(name: string, connections: readonly string[], expected: string): void {
  new TestScheduler(deepStrictEqual).run(({ cold, expectObservable }) => {
    const server = { port: 7, transport: memoryNetwork() };
    tcpServer(server, (_, { id }) => cold(connections[id - 1] ?? '-', sent)).subscribe(noop);
    const answer$ = ask('ping', server).pipe(catchError(({ code, name }) => of<string>(code ?? name)));
    expectObservable(answer$).toBe(expected, seen);
  });
  console.log(`passes: ${name}`);
}

test('an answer at once', ['(w|)'], '(a|)');
test('an answer in two parts', ['p 499ms n|'], '500ms a|');
test('a crash within an answer', ['p 499ms #', '(w|)'], '1500ms (a|)');
test('an end within an answer', ['(p|)', '(w|)'], '1s (a|)');
test('no answer in time', ['-', '3s w', '(w|)'], '6s (a|)');
test('three crashes', ['#', '#', '#'], '2s (r|)');
test('three answers cut', ['(p|)', '(p|)', '(p|)'], '2s (i|)');
test('no answer ever', [], '8s (t|)');
