/** The echo handler, in virtual time. */
import { asyncScheduler, concat, from, map, NEVER, type Observable, of, type SchedulerLike, Subject } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Bytes, type Connection, ctime, type EchoConfig, echo, type Handler } from '../../lib/index.js';
import { byHand } from '../properties/stage.js';
import { RecordedWindow } from '../support/recorded-window.js';
import { inVirtualTime } from '../support/virtual-time.js';

const chunks = { a: Buffer.from('a'), b: Buffer.from('b'), c: Buffer.from('c') };

const asText = map((reply: Bytes) => String(reply));

afterEach(() => {
  vi.useRealTimers();
});

describe('echo', () => {
  it('piped without a connection, on the defaults, replies with text after 5 s', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const replies$: Observable<Bytes> = cold('a|', { a: Buffer.from('a') }).pipe(echo());
      expectObservable(replies$.pipe(asText)).toBe('5s x|', { x: `Echo=>a at ${ctime(5_000)}` });
    });
  });

  it('called with a connection, as a handler, gives the same replies', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const handler: Handler = echo({ reply: 'raw', delayMs: 3 });
      expectObservable(from(handler(cold('a|', chunks), connectionFrom('10.0.0.1'))).pipe(asText)).toBe('---a|');
    });
  });

  it('each subscription has a delay of its own', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const replies$ = cold('a|', chunks).pipe(echo({ reply: 'raw', delayMs: 3 }), asText);
      expectObservable(replies$, '^').toBe('---a|');
      expectObservable(replies$, '--^').toBe('-----a|');
    });
  });
});

type Case = 'empty' | 'one' | 'many' | 'error' | 'thrown' | 'listening';

/** For each kind of delay, the replies to the same sources. */
const ways: [name: string, config: EchoConfig, marbles: Record<Case, string>][] = [
  [
    'without a delay',
    { delayMs: 0 },
    {
      empty: '--|',
      one: '-a--|',
      many: 'a-bc--|',
      error: 'a-#',
      thrown: '-#',
      listening: '^----!',
    },
  ],
  [
    'with a delay per connection',
    { delayMs: 3, delayPer: 'connection' },
    {
      empty: '-----|',
      one: '----a--|',
      many: '---a-bc--|',
      error: '---a-#',
      thrown: '----#',
      listening: '---^-!',
    },
  ],
  [
    'with a delay per chunk',
    { delayMs: 3, delayPer: 'chunk' },
    {
      empty: '--|',
      one: '----(a|)',
      many: '---a-b(c|)',
      error: '--#',
      thrown: '----#',
      listening: '^----!',
    },
  ],
];

describe.each(ways)('echo %s', (_, config, marbles) => {
  const repliesTo = ({ cold }: RunHelpers, source: string) =>
    cold(source, chunks).pipe(echo({ reply: 'raw', ...config }), asText);

  it('a source that never emits has no reply', () => {
    inVirtualTime((helpers) => {
      helpers.expectObservable(repliesTo(helpers, '-------')).toBe('-------');
    });
  });

  it('an empty source completes the replies', () => {
    inVirtualTime((helpers) => {
      helpers.expectObservable(repliesTo(helpers, '--|')).toBe(marbles.empty);
    });
  });

  it('one chunk has one reply', () => {
    inVirtualTime((helpers) => {
      helpers.expectObservable(repliesTo(helpers, '-a--|')).toBe(marbles.one);
    });
  });

  it('many chunks have their replies in order', () => {
    inVirtualTime((helpers) => {
      helpers.expectObservable(repliesTo(helpers, 'a-bc--|')).toBe(marbles.many);
    });
  });

  it('an error of the source is the error of the replies', () => {
    inVirtualTime((helpers) => {
      helpers.expectObservable(repliesTo(helpers, 'a-#')).toBe(marbles.error);
    });
  });

  it('what the reply function throws is the error of the replies', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const reply = () => {
        throw 'error';
      };
      expectObservable(cold('-a', chunks).pipe(echo({ ...config, reply }))).toBe(marbles.thrown);
    });
  });

  it('unsubscribing from the replies unsubscribes from the chunks', () => {
    inVirtualTime(({ hot, expectObservable, expectSubscriptions }) => {
      const chunks$ = hot('-------a', chunks);
      expectObservable(chunks$.pipe(echo(config)), '^----!').toBe('------');
      expectSubscriptions(chunks$.subscriptions).toBe(marbles.listening);
    });
  });

  it('a chunk that comes during a reply is answered after it', () => {
    const taken: string[] = [];
    inVirtualTime(({ hot }) => {
      const chunks$ = new Subject<Buffer>();
      chunks$.pipe(echo({ reply: 'raw', ...config }), asText).subscribe((reply) => {
        taken.push(reply);
        if (reply === 'a') chunks$.next(chunks.b);
      });
      hot('-----a', chunks).subscribe(chunks$);
    });
    expect(taken).toEqual(['a', 'b']);
  });
});

describe('echo with a delay per connection', () => {
  it('the chunks are not subscribed to before the end of the delay', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const chunks$ = cold('-a|', chunks);
      expectObservable(chunks$.pipe(echo({ reply: 'raw', delayMs: 3 }), asText)).toBe('----a|');
      expectSubscriptions(chunks$.subscriptions).toBe('---^-!');
    });
  });

  it('unsubscribing during the delay never subscribes to the chunks', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const chunks$ = cold('a|', chunks);
      expectObservable(chunks$.pipe(echo({ delayMs: 3 })), '^-!').toBe('---');
      expectSubscriptions(chunks$.subscriptions).toBe([]);
    });
  });
});

describe('echo with a delay per chunk', () => {
  const config = { reply: 'raw', delayMs: 3, delayPer: 'chunk' } as const;

  it('each reply comes delayMs after its chunk', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('ab-c----|', chunks).pipe(echo(config), asText)).toBe('---ab-c-|');
    });
  });

  it('unsubscribing drops the replies that are not due', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      expectObservable(cold('abc', chunks).pipe(echo(config), asText), '^---!').toBe('---a-');
    });
  });

  it('unsubscribing leaves no timer', () => {
    byHand((clock) => {
      const subscription = concat(of(chunks.a), NEVER).pipe(echo(config)).subscribe();
      expect(clock.timers).toBe(1);
      subscription.unsubscribe();
      expect(clock.timers).toBe(0);
    });
  });

  it("a chunk counts in the connection's window until its reply", () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const connection = connectionFrom('10.0.0.1');
      const held$ = cold('-x-x|').pipe(map(() => connection.held.items));
      echo(config)(cold('a-----|', chunks), connection).subscribe();
      expectObservable(held$).toBe('-m-n|', { m: 1, n: 0 });
    });
  });

  it.each([
    ['completes', 'abc|', undefined],
    ['errors', 'abc-#', undefined],
    ['is unsubscribed from', 'abc', 4],
  ])("the connection's window is empty when it %s", (_, source, until) => {
    const connection = connectionFrom('10.0.0.1');
    inVirtualTime(({ cold }) => {
      const subscription = echo(config)(cold(source, chunks), connection).subscribe({ error: () => {} });
      if (until !== undefined) asyncScheduler.schedule(() => subscription.unsubscribe(), until);
    });
    expect([connection.log.length, connection.held]).toEqual([6, { items: 0, bytes: 0 }]);
  });
});

describe('the delay of echo', () => {
  const delays = ['connection', 'chunk'] as const;

  it.each(delays)('per %s is never shorter than delayMs, though a timer fires early', (delayPer) => {
    inVirtualTime(({ cold, expectObservable }) => {
      const config = { reply: 'raw', delayMs: 5, delayPer, scheduler: early } as const;
      expectObservable(cold('a---------|', chunks).pipe(echo(config), asText, map(asyncScheduler.now))).toBe(
        delayPer === 'chunk' ? '-----t----|' : '-----t---------|',
        { t: 5 },
      );
    });
  });

  it.each(delays.flatMap((delayPer) => [-3_600_000, 3_600_000].map((jumpMs) => ({ delayPer, jumpMs }))))(
    'per $delayPer does not change when the wall clock is set by $jumpMs ms',
    ({ delayPer, jumpMs }) => {
      vi.useFakeTimers();
      const replies: string[] = [];
      of(chunks.a)
        .pipe(echo({ reply: 'raw', delayMs: 1_000, delayPer }), asText)
        .subscribe((reply) => replies.push(reply));
      vi.setSystemTime(Date.now() + jumpMs);
      vi.advanceTimersByTime(999);
      expect(replies).toEqual([]);
      vi.advanceTimersByTime(1);
      expect(replies).toEqual(['a']);
    },
  );
});

describe('a delay of echo that is a function', () => {
  const [first, second] = [connectionFrom('10.0.0.1'), connectionFrom('10.0.0.2')];

  it('is asked once a connection, with the connection', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const handler = echo({ reply: 'raw', delayMs: (connection) => (connection === first ? 5 : 2) });
      expectObservable(handler(cold('ab---|', chunks), first).pipe(asText)).toBe('-----ab---|');
      expectObservable(handler(cold('ab---|', chunks), second).pipe(asText)).toBe('--ab---|');
      expectObservable(cold('ab---|', chunks).pipe(handler, asText)).toBe('--ab---|');
    });
  });

  it('is asked for each chunk, and a reply that is due early waits for the one before it', () => {
    const delays = [5, 1, 7];
    inVirtualTime(({ cold, expectObservable }) => {
      const handler = echo({ reply: 'raw', delayPer: 'chunk', delayMs: () => delays.shift() ?? 0 });
      expectObservable(cold('ab-c-|', chunks).pipe(handler, asText)).toBe('-----(ab)-(c|)');
    });
  });

  it.each(['connection', 'chunk'] as const)(
    'per %s errors the replies where it throws or returns no delay',
    (delayPer) => {
      const repliesWith = (delayMs: () => number) => of(chunks.a).pipe(echo({ delayMs, delayPer }));
      const errors: unknown[] = [];
      const delays = [
        () => -1,
        () => {
          throw new Error('thrown');
        },
      ];
      for (const delay of delays) repliesWith(delay).subscribe({ error: (error) => errors.push(error) });
      const message = 'Expected `delayMs` to be an integer from 0 to 2147483647, got `-1`';
      expect(errors).toEqual([new RangeError(message), new Error('thrown')]);
    },
  );
});

describe('the reply of echo', () => {
  it('text: the bytes of the chunk, unchanged, and the time', () => {
    const bytes = Buffer.of(0x00, 0xff, 0xc3, 0x28, 0x0a);
    const expected = Buffer.concat([Buffer.from('Echo=>'), bytes, Buffer.from(` at ${ctime(0)}`)]);
    expect(replyTo(bytes, 'text')).toEqual(expected);
  });

  it('python: the chunk as CPython prints bytes, and the time', () => {
    expect(String(replyTo('a\n', 'python'))).toBe(`Echo=>b'a\\n' at ${ctime(0)}`);
  });

  it('raw: the chunk', () => {
    expect(replyTo(Buffer.of(0xff, 0x00), 'raw')).toEqual(Buffer.of(0xff, 0x00));
  });

  it('a template: data, remote and time are filled in', () => {
    const reply = replyTo('hi', '<{data}> from {remote} at {time}!', connectionFrom('10.0.0.1'));
    expect(String(reply)).toBe(`<hi> from 10.0.0.1:4711 at ${ctime(0)}!`);
  });

  it('a template: an IPv6 address is put in brackets', () => {
    expect(String(replyTo('hi', '{remote}', connectionFrom('::1')))).toBe('[::1]:4711');
  });

  it('a template: two peers that are answered at once are each told their own address', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const handler = echo({ reply: '{remote}', delayMs: 1 });
      for (const host of ['10.0.0.1', '10.0.0.2', '10.0.0.1'])
        expectObservable(handler(cold('a|', chunks), connectionFrom(host)).pipe(asText)).toBe('-x|', {
          x: `${host}:4711`,
        });
    });
  });

  it('a template without a connection: the remote is unknown', () => {
    expect(String(replyTo('hi', '{data} from {remote}'))).toBe('hi from unknown');
  });

  it('a template with a placeholder twice: it is filled in twice', () => {
    expect(String(replyTo('hi', '{data}{data} {data}'))).toBe('hihi hi');
  });

  it('a template: data that looks like a placeholder is not filled in', () => {
    expect(String(replyTo('{time} $& {data}', '[{data}]'))).toBe('[{time} $& {data}]');
  });

  it('a template: braces without a name stay as they are', () => {
    expect(String(replyTo('hi', '{ "data": "{data}" }'))).toBe('{ "data": "hi" }');
  });

  it('a template: the time is that of the reply, not of the chunk', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const replies$ = cold('a 999ms b', chunks).pipe(echo({ reply: '{time}', delayMs: 1_500, delayPer: 'chunk' }));
      const values = { x: ctime(1_500), y: ctime(2_500) };
      expectObservable(replies$.pipe(asText)).toBe('1500ms x 999ms y', values);
    });
  });

  it('a function: it is called with the chunk, the time as a Date, and the connection', () => {
    const reply = vi.fn(() => 'reply');
    const connection = connectionFrom('10.0.0.1');
    inVirtualTime(({ cold }) => {
      echo({ reply, delayMs: 7 })(cold('a', chunks), connection).subscribe();
    });
    expect(reply.mock.calls).toEqual([[chunks.a, new Date(7), connection]]);
  });

  it('a function: the reply is what it returns, a string or bytes', () => {
    expect(replyTo('a', (chunk) => `<${chunk}>`)).toBe('<a>');
    expect(replyTo('a', () => Uint8Array.of(1))).toEqual(Uint8Array.of(1));
  });
});

describe('a config of echo', () => {
  const delayExpectation = 'Expected `delayMs` to be an integer from 0 to 2147483647, or a function that returns one';
  const replyExpectation =
    "Expected `reply` to be a function, one of 'text', 'python', 'raw', or a template with {data}, {remote} or {time} in it";

  it.each([
    ['an unknown key', { delay: 5 }, TypeError, 'Unknown option `delay`: did you mean `delayMs`?'],
    ['a misspelt key', { replay: 'raw' }, TypeError, 'Unknown option `replay`: did you mean `reply`?'],
    ['a delay of -1', { delayMs: -1 }, RangeError, `${delayExpectation}, got \`-1\``],
    ['a delay of 0.5', { delayMs: 0.5 }, RangeError, `${delayExpectation}, got \`0.5\``],
    ['a delay of NaN', { delayMs: Number.NaN }, RangeError, `${delayExpectation}, got \`NaN\``],
    ['an infinite delay', { delayMs: Number.POSITIVE_INFINITY }, RangeError, `${delayExpectation}, got \`Infinity\``],
    ['a delay longer than a timer', { delayMs: 2 ** 31 }, RangeError, `${delayExpectation}, got \`2147483648\``],
    ['a delay as text', { delayMs: '5' }, TypeError, `${delayExpectation}, got \`'5'\``],
    ['a null delay', { delayMs: null }, TypeError, `${delayExpectation}, got \`null\``],
    [
      'a delay per message',
      { delayPer: 'message' },
      TypeError,
      "Expected `delayPer` to be one of 'connection', 'chunk', got `'message'`",
    ],
    ['an unknown placeholder', { reply: '{data} {when}' }, TypeError, `${replyExpectation}, got \`'{data} {when}'\``],
    ['a template without placeholder', { reply: 'hello' }, TypeError, `${replyExpectation}, got \`'hello'\``],
    ['a reply that is a number', { reply: 7 }, TypeError, `${replyExpectation}, got \`7\``],
    ['an observer without next', { replied: {} }, TypeError, 'Expected `replied` to be an Observer, got `{}`'],
    [
      'a scheduler without now',
      { scheduler: { schedule: () => {} } },
      TypeError,
      'Expected `scheduler` to be a scheduler, got `{ schedule: [Function: schedule] }`',
    ],
  ])('with %s is refused', (_, config, ErrorType, message) => {
    expect(() => echo(config as EchoConfig)).toThrow(new ErrorType(message));
  });

  it.each<EchoConfig>([
    { delayMs: 0 },
    { delayMs: 2 ** 31 - 1 },
    { delayMs: undefined, delayPer: undefined, reply: undefined, scheduler: undefined },
  ])('%o is accepted', (config) => {
    expect(echo(config)).toBeTypeOf('function');
  });
});

/** Fires a millisecond early, as Node's timers may. */
const early: SchedulerLike = {
  now: () => asyncScheduler.now(),
  schedule: (work, delayMs = 0, state) =>
    asyncScheduler.schedule(work as never, delayMs > 1 ? delayMs - 1 : delayMs, state),
};

function connectionFrom(host: string): Connection & RecordedWindow {
  const local = { host: '127.0.0.1', port: 50_007 };
  const remote = { host, port: 4_711 };
  return Object.assign(new RecordedWindow(), {
    id: 1,
    writable$: of(true),
    local,
    remote,
    hasEnded: false,
    bytesRead: 0,
    bytesHeld: 0,
    bytesDiscarded: 0,
    bytesUnsent: 0,
    bytesWritten: 0,
  });
}

/** The reply to one chunk, at the time 0. */
function replyTo(chunk: Bytes, reply: NonNullable<EchoConfig['reply']>, connection?: Connection): Bytes | undefined {
  let made: Bytes | undefined;
  inVirtualTime(() => {
    echo({ reply, delayMs: 0 })(of(Buffer.from(chunk as string)), connection).subscribe((each) => {
      made = each;
    });
  });
  return made;
}
