/** `lineEcho` and the small services, in virtual time, over the memory network. */
import { concat, concatMap, delay, EMPTY, from, map, NEVER, type Observable, of, reduce, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Bytes,
  ctime,
  type Handler,
  lineEcho,
  memoryNetwork,
  services,
  tcpConnect,
  tcpServer,
} from '../../lib/index.js';
import { onStage } from '../properties/stage.js';
import { inVirtualTime } from '../support/virtual-time.js';

/** What a client receives in all that sends this to a server with that handler; undefined if its connection does not end. */
function received(handler: Handler, sent$: Observable<Bytes>, allowHalfOpen = true): string | undefined {
  let bytes: Buffer | undefined;
  inVirtualTime(() => {
    const transport = memoryNetwork({ latencyMs: 1 }); // a peer that takes all at once would be sent to without an end
    tcpServer({ port: 7, transport, stop$: timer(60_000) }, handler).subscribe(() => {});
    sent$
      .pipe(
        tcpConnect({ port: 7, transport, allowHalfOpen }),
        reduce((all, chunk) => Buffer.concat([all, chunk]), Buffer.alloc(0)),
      )
      .subscribe((all) => {
        bytes = all;
      });
  });
  return bytes?.toString('latin1');
}

/** Pieces, a millisecond apart. */
const apart = (...pieces: string[]) => from(pieces).pipe(concatMap((piece) => of(piece).pipe(delay(1))));

const texts = { a: 'one\n', b: 'two\n' };

describe('lineEcho', () => {
  it('answers each line with a line, however the lines come', () => {
    const handler = lineEcho({ delayMs: 0, reply: '<{data}>' });
    expect(received(handler, apart('on', 'e\r\ntwo\nth', 'ree'))).toBe('<one>\n<two>\n<three>\n');
  });

  it('with a delay per connection answers the lines of the delay at its end', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const lines$ = cold('(a|)', { a: 'one\ntwo\n' });
      expectObservable(lines$.pipe(lineEcho({ delayMs: 3, reply: 'raw' }), map(String))).toBe('---(ab|)', texts);
    });
  });

  it('with a delay per chunk answers each line that long after it came', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const lines$ = cold('-a----b|', texts);
      const handler = lineEcho({ delayMs: 3, delayPer: 'chunk', reply: 'raw' });
      expectObservable(lines$.pipe(handler, map(String))).toBe('----a----(b|)', texts);
    });
  });
});

describe('the services', () => {
  it('discard sends nothing, and ends its side after the peer', () => {
    expect(received(services.discard, apart('a', 'b'))).toBe('');
    expect(received(services.discard, concat(of('a'), NEVER))).toBeUndefined();
  });

  it('daytime sends the time as a line, and ends its side', () => {
    expect(received(services.daytime, EMPTY)).toBe(`${ctime(0)}\r\n`);
    expect(received(services.daytime, NEVER, false)).toBe(`${ctime(0)}\r\n`);
  });

  it('time sends the seconds since 1900 as four bytes, and ends its side', () => {
    const bytes = Buffer.from(received(services.time, timer(2_000).pipe(concatMap(() => EMPTY))) ?? '', 'latin1');
    expect(bytes.toString('hex')).toBe((2_208_988_800).toString(16));
  });

  it('chargen sends lines of 72 characters that move by one, until the peer ends its side', () => {
    const all = received(services.chargen, timer(5).pipe(concatMap(() => EMPTY))) ?? '';
    const lines = all.split('\r\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(95);
    expect(lines.every((line) => line.length === 72)).toBe(true);
    expect(lines[0]?.slice(0, 5)).toBe(' !"#$');
    expect(lines[1]?.slice(0, 5)).toBe('!"#$%');
    expect(lines[94]?.slice(0, 5)).toBe('~ !"#');
    expect(lines[95]).toBe(lines[0]);
  });

  it('chargen sends no faster than its peer reads', () => {
    onStage({ handler: services.chargen, network: { bufferBytes: 1_000, latencyMs: 1 } }, (stage) => {
      const peer = stage.peer();
      peer.socket.pause();
      stage.clock.advance(1_000);
      peer.socket.reset();
      stage.clock.advance(10);
      const [closed] = stage.of('closed');
      expect(Number(closed?.bytesWritten) + Number(closed?.bytesUnsent)).toBeLessThanOrEqual(65_536 + 10_000);
    });
  });
});
