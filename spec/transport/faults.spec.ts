/** `faulty`: what each fault does to a connection, exactly, in virtual time. */
import { asyncScheduler, concat, map, NEVER, type Observable, of, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  bandwidth,
  closeAfterReply,
  closeBeforeReply,
  corrupt,
  type Fault,
  faulty,
  type Handler,
  halfOpen,
  latency,
  limitData,
  memoryNetwork,
  refuse,
  resetPeer,
  slicer,
  slowClose,
  tcpConnect,
  tcpServer,
  timeout,
} from '../../lib/index.js';
import { notingDelays } from '../support/noted-delays.js';
import { inVirtualTime } from '../support/virtual-time.js';

const identity: Handler = (chunks$) => chunks$;

/** What a client sees of an echo server that is reached through these faults, at which times. */
function seen(
  faults: readonly Fault[] | Observable<readonly Fault[]>,
  sent$: Observable<string | Uint8Array> = of('hello'),
  { side = 'server', seed = 1 }: { side?: 'server' | 'client'; seed?: number } = {},
): string[] {
  const told: string[] = [];
  inVirtualTime(() => {
    const network = memoryNetwork();
    const bad = faulty(network, faults, { seed });
    tcpServer({ port: 7, transport: side === 'server' ? bad : network }, identity).subscribe();
    const startedAt = asyncScheduler.now();
    const note = (what: string): void => {
      told.push(`${asyncScheduler.now() - startedAt} ${what}`);
    };
    sent$.pipe(tcpConnect({ port: 7, transport: side === 'client' ? bad : network })).subscribe({
      next: (chunk) => note(chunk.toString('latin1')),
      error: ({ code }) => note(code),
      complete: () => note('end'),
    });
  });
  return told;
}

describe('a faulty transport', () => {
  it('has faults with the names of the functions that make them', () => {
    const ms = 1;
    const faults = [
      ...[bandwidth({ bytesPerSecond: 1 }), closeAfterReply(), closeBeforeReply(), corrupt({ probability: 0 })],
      ...[halfOpen(), latency({ ms }), limitData({ bytes: 1 }), refuse(), resetPeer({ afterMs: 1 })],
      ...[slicer({ bytes: 1 }), slowClose({ ms }), timeout({ ms })],
    ];
    const functions = [
      ...[bandwidth, closeAfterReply, closeBeforeReply, corrupt, halfOpen, latency, limitData, refuse, resetPeer],
      ...[slicer, slowClose, timeout],
    ];
    expect(faults.map(({ name }) => name)).toEqual(functions.map(({ name }) => name));
  });

  it('without faults changes nothing', () => {
    expect(seen([])).toEqual(['0 hello', '0 end']);
  });

  it('latency delays both ways, or the one of its direction', () => {
    expect(seen([latency({ ms: 100 })])).toEqual(['200 hello', '200 end']);
    expect(seen([latency({ ms: 100, direction: 'outgoing' })])).toEqual(['100 hello', '100 end']);
    expect(seen([latency({ ms: 100 }), latency({ ms: 50, direction: 'incoming' })])).toEqual(['250 hello', '250 end']);
  });

  it('bandwidth takes its time for each byte', () => {
    const sent$ = of('x'.repeat(2_000));
    const got = seen([bandwidth({ bytesPerSecond: 1_000, direction: 'outgoing' })], sent$);
    expect(got).toHaveLength(21);
    expect(got.at(0)).toBe(`100 ${'x'.repeat(100)}`);
    expect(got.at(-1)).toBe('2000 end');
  });

  it('slicer cuts what is sent', () => {
    expect(seen([slicer({ bytes: 2, delayMs: 10, direction: 'outgoing' })])).toEqual([
      '0 he',
      '10 ll',
      '20 o',
      '30 end',
    ]);
  });

  it('limitData closes behind that many bytes', () => {
    const sent$ = concat(of('hello'), timer(10).pipe(map(() => 'more')), NEVER);
    const limited = (bytes: number) => seen([limitData({ bytes, direction: 'outgoing' })], sent$);
    expect(limited(3)).toEqual(['0 hel', '0 end']);
    expect(limited(5)).toEqual(['0 hello', '10 end']);
    expect(limited(0)).toEqual(['0 end']);
  });

  it('resetPeer resets behind that many bytes, or after a time', () => {
    expect(seen([resetPeer({ afterBytes: 3, direction: 'outgoing' })])).toEqual(['0 hel', '0 ERR_CONNECTION_RESET']);
    expect(seen([resetPeer({ afterMs: 300 })], concat(of('hello'), NEVER))).toEqual([
      '0 hello',
      '300 ERR_CONNECTION_RESET',
    ]);
  });

  it('timeout lets nothing pass, and closes then', () => {
    expect(seen([timeout({ ms: 500 })], concat(of('hello'), NEVER))).toEqual(['500 end']);
  });

  it.each([
    ['timeout without an end', timeout({ ms: Number.POSITIVE_INFINITY })], // such a timer would fire at once
    ['slicer without a delay', slicer({ bytes: 2 })],
  ])('%s sets no timer', (_, fault) => {
    const delays: (number | undefined)[] = [];
    inVirtualTime(() => {
      const network = memoryNetwork();
      const transport = faulty(network, [fault], { scheduler: notingDelays(delays) });
      tcpServer({ port: 7, transport }, identity).subscribe();
      of('hello')
        .pipe(tcpConnect({ port: 7, transport: network }))
        .subscribe();
    });
    expect(delays).toEqual([]);
  });

  it('slowClose and halfOpen hold the end back', () => {
    expect(seen([slowClose({ ms: 70, direction: 'outgoing' })])).toEqual(['0 hello', '70 end']);
    expect(seen([halfOpen({ direction: 'outgoing' })])).toEqual(['0 hello']);
  });

  it('refuse resets the first clients of a server, and refuses a client', () => {
    expect(seen([refuse()])).toEqual(['0 ERR_CONNECTION_RESET']);
    expect(seen([refuse({ after: 1 })])).toEqual(['0 hello', '0 end']);
    expect(seen([refuse()], of('hello'), { side: 'client' })).toEqual(['0 ERR_CONNECTION_REFUSED']);
  });

  it('closeBeforeReply and closeAfterReply close around the first reply', () => {
    expect(seen([closeBeforeReply()], concat(of('hello'), NEVER))).toEqual(['0 end']);
    expect(seen([closeAfterReply()], concat(of('hello'), NEVER))).toEqual(['0 hello', '0 end']);
  });

  it('corrupt changes the same bytes for one seed, however they are cut', () => {
    const whole = seen([corrupt({ probability: 0.2, direction: 'outgoing' })], of('x'.repeat(40)));
    const cut$ = concat(...Array.from('x'.repeat(40), (byte, index) => timer(index).pipe(map(() => byte))));
    const cut = seen([corrupt({ probability: 0.2, direction: 'outgoing' })], cut$);
    const bytes = (told: string[]) =>
      told
        .slice(0, -1)
        .map((line) => line.replace(/^\d+ /, ''))
        .join('');
    expect(bytes(whole)).not.toBe('x'.repeat(40));
    expect(bytes(cut)).toBe(bytes(whole));
  });

  it.each<[message: string, fault: Fault, side: 'server' | 'client']>([
    ['Lost the connection to 127.0.0.1:49152: a fault has closed it', closeBeforeReply(), 'server'],
    ['Lost the connection to 127.0.0.1:49152: a fault has reset it', resetPeer({ afterBytes: 1 }), 'server'],
    ['Could not connect to 127.0.0.1:7: a fault has refused the connection', refuse(), 'client'],
  ])('says that it was a fault: %s', (message, fault, side) => {
    const messages: (string | undefined)[] = [];
    inVirtualTime(() => {
      const network = memoryNetwork();
      const bad = faulty(network, [fault]);
      const server$ = tcpServer({ port: 7, transport: side === 'server' ? bad : network }, identity);
      server$.subscribe((event) => event.type === 'closed' && messages.push(event.error?.message));
      const client$ = of('hello').pipe(tcpConnect({ port: 7, transport: side === 'client' ? bad : network }));
      client$.subscribe({ error: (error) => messages.push(error.message) });
    });
    expect(messages).toContain(message);
  });

  it('follows an Observable of lists, also on open connections', () => {
    const faults$ = concat(of([latency({ ms: 100 })]), timer(250).pipe(map(() => [])));
    const sent$ = concat(of('a'), timer(200).pipe(map(() => 'b')), timer(100).pipe(map(() => 'c')));
    expect(seen(faults$, sent$)).toEqual(['200 a', '250 b', '300 c', '300 end']);
    const refusing$ = concat(of([]), timer(50).pipe(map(() => [refuse()])));
    expect(seen(refusing$, concat(of('a'), timer(100).pipe(map(() => 'b'))))).toEqual(['0 a', '100 b', '100 end']);
  });
});
