/** The metrics of real connections: exact at any moment, and no counter ever goes back. */
import { Registry } from 'prom-client';
import {
  concat,
  filter,
  firstValueFrom,
  from,
  lastValueFrom,
  mergeMap,
  NEVER,
  type Observable,
  of,
  ReplaySubject,
  Subject,
  scan,
  share,
  take,
  takeUntil,
} from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  echo,
  type Handler,
  nodeNetwork,
  type ServerEvent,
  type TcpServerConfig,
  tcpConnect,
  tcpServer,
} from '../../lib/index.js';
import { observeMetrics, observeReplies } from '../../lib/metrics.js';
import { scrape } from '../support/exposition.js';
import { RawPeer } from '../support/raw-peer.js';

const identity: Handler = (chunks$) => chunks$;

/** A server on a real network whose events are observed, and then recorded. */
async function observed(handler: Handler, config: Partial<TcpServerConfig> = {}, registry = new Registry()) {
  const events$ = new ReplaySubject<ServerEvent>();
  const stop$ = new Subject<void>();
  const server = tcpServer({ port: 0, stop$, ...config }, handler)
    .pipe(observeMetrics(registry))
    .subscribe(events$);
  onTestFinished(() => server.unsubscribe());
  const nth = (type: ServerEvent['type'], count = 1) =>
    lastValueFrom(
      events$.pipe(
        filter((event) => event.type === type),
        take(count),
      ),
    );
  const listening = await nth('listening');
  const port = listening.type === 'listening' ? (listening.address.port as number) : 0;
  return { registry, port, nth, server, stop$, events$, scrape: () => scrape(registry) };
}

/** A client that has had its bytes back, and stays connected until `done$`. */
async function echoed(port: number, bytes: number, done$: Observable<unknown> = NEVER): Promise<void> {
  const sent$ = concat(of(Buffer.alloc(bytes, 'x')), NEVER.pipe(takeUntil(done$)));
  const received$ = sent$.pipe(
    tcpConnect({ port }),
    scan((sum, { length }) => sum + length, 0),
    share(),
  );
  received$.subscribe({ error: () => {} });
  await firstValueFrom(received$.pipe(filter((sum) => sum === bytes)));
}

describe('the metrics of a server', () => {
  it('have exact bytes of live and closed connections together, also when some close and the server is unsubscribed from', async () => {
    const { port, nth, server, scrape } = await observed(identity);
    const done$ = new Subject<void>();
    await Promise.all([echoed(port, 5, done$), echoed(port, 70_000, done$), echoed(port, 300)]);
    const bytes = { rxjs_tcp_read_bytes_total: 70_305, rxjs_tcp_written_bytes_total: 70_305 };
    expect(await scrape()).toMatchObject({ ...bytes, rxjs_tcp_connections_open: 3 });
    done$.next();
    await nth('closed', 2);
    const one = { rxjs_tcp_connections_open: 1, 'rxjs_tcp_connections_closed_total{reason="ended"}': 2 };
    expect(await scrape()).toMatchObject({ ...bytes, ...one });
    server.unsubscribe();
    const none = { rxjs_tcp_connections_open: 0, 'rxjs_tcp_connections_closed_total{reason="aborted"}': 1 };
    expect(await scrape()).toMatchObject({ ...bytes, ...none });
  });

  it('never go back, and end with what was sent, while clients come, talk and go', async () => {
    const { port, scrape, nth, events$ } = await observed(identity);
    const scrapes: Record<string, number>[] = [];
    let isOver = false;
    const scraping = (async () => {
      while (!isOver) {
        scrapes.push(await scrape());
        await new Promise(setImmediate);
      }
    })();
    const events = events$.subscribe(async () => scrapes.push(await scrape()));
    const sizes = Array.from({ length: 120 }, (_, index) => 1 + ((index * 7_919) % 40_000));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const clients$ = from(sizes).pipe(mergeMap((size) => of(Buffer.alloc(size)).pipe(tcpConnect({ port })), 4));
    await lastValueFrom(clients$);
    await nth('closed', 120);
    isOver = true;
    await scraping;
    events.unsubscribe();
    scrapes.push(await scrape());
    expect(scrapes.length).toBeGreaterThan(240);
    const counters = Object.keys(scrapes[0] ?? {}).filter((name) => /_total/.test(name));
    const back = counters.filter((name) =>
      scrapes.some((each, index) => (each[name] ?? 0) < (scrapes[index - 1]?.[name] ?? 0)),
    );
    expect(back).toEqual([]);
    expect(scrapes.at(-1)).toMatchObject({
      rxjs_tcp_read_bytes_total: total,
      rxjs_tcp_written_bytes_total: total,
      rxjs_tcp_connections_opened_total: 120,
      'rxjs_tcp_connections_closed_total{reason="ended"}': 120,
    });
  });

  it('show what waits for a handler, and what a slow reader does not take', async () => {
    const never = await observed(() => NEVER);
    const silent = new RawPeer(nodeNetwork(), never.port);
    onTestFinished(() => silent.socket.reset());
    silent.send('x'.repeat(1_000));
    await expect.poll(async () => (await never.scrape()).rxjs_tcp_held_bytes, { timeout: 20_000 }).toBe(1_000);
    expect((await never.scrape()).rxjs_tcp_memory_used_bytes).toBeGreaterThan(1_000);

    const bulk = 12_000_000;
    const flood = await observed(() => concat(of(Buffer.alloc(bulk)), NEVER));
    const slow = new RawPeer(nodeNetwork(), flood.port);
    onTestFinished(() => slow.socket.reset());
    slow.socket.pause();
    await flood.nth('opened');
    await expect
      .poll(async () => (await flood.scrape()).rxjs_tcp_unsent_bytes, { timeout: 20_000 })
      .toBeGreaterThan(1_000_000);
    const { rxjs_tcp_unsent_bytes: unsent = 0, rxjs_tcp_written_bytes_total: written = 0 } = await flood.scrape();
    expect(written + unsent).toBe(bulk);
  });

  it('show a drain from its begin to its end', async () => {
    const { stop$, events$, scrape, port, nth } = await observed(echo({ delayMs: 200, reply: 'raw' }), {
      maxConnections: 5,
    });
    const reply = firstValueFrom(of('x').pipe(tcpConnect({ port })));
    await nth('opened');
    expect(await scrape()).toMatchObject({ rxjs_tcp_draining: 0, rxjs_tcp_connections_limit: 5 });
    stop$.next();
    expect(await scrape()).toMatchObject({ rxjs_tcp_draining: 1, rxjs_tcp_connections_open: 1 });
    await Promise.all([reply, lastValueFrom(events$)]);
    expect(await scrape()).toMatchObject({ rxjs_tcp_draining: 0, rxjs_tcp_connections_limit: 0 });
  });

  it('count the replies of the echo handler, and how late they were', async () => {
    const registry = new Registry();
    const replied = observeReplies(registry);
    const { port, scrape } = await observed(echo({ delayMs: 20, delayPer: 'chunk', replied }), {}, registry);
    await Promise.all([1, 2, 3].map(() => lastValueFrom(of('x').pipe(tcpConnect({ port })))));
    const samples = await scrape();
    expect(samples).toMatchObject({ rxjs_tcp_replies_total: 3, rxjs_tcp_reply_lateness_seconds_count: 3 });
    expect(samples.rxjs_tcp_reply_lateness_seconds_sum).toBeGreaterThanOrEqual(0);
  });

  it('count what was dropped above the limit of connections', async () => {
    const { port, nth, scrape } = await observed(identity, { maxConnections: 1 });
    const done$ = new Subject<void>();
    await echoed(port, 1, done$);
    new RawPeer(nodeNetwork(), port);
    await nth('dropped');
    expect(await scrape()).toMatchObject({ 'rxjs_tcp_connections_dropped_total{reason="limit"}': 1 });
    done$.next();
  });
});
