/** Where nobody takes the events of a server, its first handler that fails is told as a warning of the process. */
import { type Observable, type Observer, of, tap, throwError, timer } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { memoryNetwork, type ServerEvent, tcpConnect, tcpServer } from '../../lib/index.js';
import { inVirtualTime } from '../support/virtual-time.js';

let warn: MockInstance<typeof process.emitWarning>;

beforeEach(() => {
  warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Two clients come, and the handler fails for each. */
function failTwice(subscribe: (server$: Observable<ServerEvent>) => void): void {
  inVirtualTime(() => {
    const transport = memoryNetwork();
    const failing = () => throwError(() => new RangeError('out of tea'));
    subscribe(tcpServer({ port: 7, transport, stop$: timer(100) }, failing));
    for (let client = 0; client < 2; client += 1) {
      of('x')
        .pipe(tcpConnect({ port: 7, transport }))
        .subscribe({ error: () => {} });
    }
  });
}

describe('a handler that fails', () => {
  it('is told once, with its error and its peer, where its server is subscribed to without an observer', () => {
    failTwice((server$) => server$.subscribe());
    expect(warn.mock.calls).toEqual([
      [
        expect.stringMatching(/^The handler failed: out of tea \(connection 1, from 127\.0\.0\.1:\d+\)$/),
        expect.objectContaining({
          type: 'TcpServerWarning',
          code: 'ERR_HANDLER_FAILED',
          detail: expect.stringMatching(/^Later failures are in .*: subscribe with a next\.\nRangeError: out of tea\n/),
        }),
      ],
    ]);
  });

  it('is told to an observer without next, which is completed as ever', () => {
    const observer: Partial<Observer<ServerEvent>> & { completed: boolean } = {
      completed: false,
      complete() {
        this.completed = true;
      },
    };
    failTwice((server$) => server$.subscribe(observer));
    expect([warn.mock.calls.length, observer.completed]).toEqual([1, true]);
  });

  it.each<[string, (server$: Observable<ServerEvent>) => void]>([
    ['a function', (server$) => server$.subscribe(() => {})],
    ['an observer', (server$) => server$.subscribe({ next: () => {} })],
    ['an operator', (server$) => server$.pipe(tap(() => {})).subscribe()],
  ])('is not told where %s takes the events', (_, subscribe) => {
    failTwice(subscribe);
    expect(warn).not.toHaveBeenCalled();
  });
});
