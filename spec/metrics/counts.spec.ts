/** What `observeMetrics` makes of the events of a server, whatever server they are of. */
import { Counter, type OpenMetricsContentType, Registry } from 'prom-client';
import { concat, EMPTY, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CloseReason, type Connection, type ErrorCode, type ServerEvent, TcpError } from '../../lib/index.js';
import { observeMetrics } from '../../lib/metrics.js';
import { scrape } from '../support/exposition.js';
import { closeReasons, dropReasons } from '../support/reasons.js';

const fake = (counters: Partial<Connection> = {}) =>
  ({ bytesRead: 0, bytesHeld: 0, bytesWritten: 0, bytesUnsent: 0, ...counters }) as Connection;

const opened = (connection: Connection): ServerEvent => ({ type: 'opened', connection });
const closed = (connection: Connection, reason: CloseReason): ServerEvent => {
  const { bytesRead, bytesWritten, bytesUnsent } = connection;
  return { type: 'closed', connection, reason, bytesRead, bytesWritten, bytesUnsent, bytesDiscarded: 0, durationMs: 1 };
};
const listening = (usage: object): ServerEvent => ({
  type: 'listening',
  address: { host: '127.0.0.1', port: 7 },
  usage: { connections: 0, maxConnections: 10, memoryBytes: 0, memoryLimitBytes: 100, ...usage },
});
const warning = (code: ErrorCode): ServerEvent => ({ type: 'warning', error: new TcpError(code, '') });

/** Of servers with these events, which go on. */
async function metricsOf(...servers: readonly (readonly ServerEvent[])[]): Promise<Record<string, number>> {
  const registry = new Registry();
  const subscriptions = servers.map((events) =>
    concat(of(...events), NEVER)
      .pipe(observeMetrics(registry))
      .subscribe(),
  );
  const metrics = await scrape(registry);
  for (const subscription of subscriptions) subscription.unsubscribe();
  return metrics;
}

describe('observeMetrics', () => {
  it.each(closeReasons)('counts a connection that closed with the reason %s', async (reason) => {
    const connection = fake();
    const metrics = await metricsOf([opened(connection), closed(connection, reason)]);
    expect(metrics).toMatchObject({ rxjs_tcp_connections_opened_total: 1, rxjs_tcp_connections_open: 0 });
    const counts = closeReasons.map((each) => metrics[`rxjs_tcp_connections_closed_total{reason="${each}"}`]);
    expect(counts).toEqual(closeReasons.map((each) => (each === reason ? 1 : 0)));
  });

  it.each(dropReasons)('counts a peer that was dropped with the reason %s', async (reason) => {
    const metrics = await metricsOf([{ type: 'dropped', remote: undefined, reason }]);
    const counts = dropReasons.map((each) => metrics[`rxjs_tcp_connections_dropped_total{reason="${each}"}`]);
    expect(counts).toEqual(dropReasons.map((each) => (each === reason ? 1 : 0)));
  });

  it('counts warnings by code, and has those of every server from the start', async () => {
    const metrics = await metricsOf([
      warning('ERR_TOO_MANY_FILES'),
      warning('ERR_TOO_MANY_FILES'),
      warning('ERR_SYSTEM'),
    ]);
    expect(metrics).toMatchObject({
      'rxjs_tcp_warnings_total{code="ERR_TOO_MANY_FILES"}': 2,
      'rxjs_tcp_warnings_total{code="ERR_TLS_CERTIFICATE"}': 0,
      'rxjs_tcp_warnings_total{code="ERR_SYSTEM"}': 1,
    });
  });

  it('adds up the connections that are open and those that have closed', async () => {
    const [first, second] = [
      fake({ bytesRead: 5, bytesWritten: 3 }),
      fake({ bytesRead: 70, bytesWritten: 40, bytesHeld: 7, bytesUnsent: 9 }),
    ];
    const metrics = await metricsOf(
      [opened(first), opened(second), closed(first, 'ended')],
      [opened(fake({ bytesRead: 100, bytesHeld: 1 }))],
    );
    expect(metrics).toMatchObject({
      rxjs_tcp_connections_open: 2,
      rxjs_tcp_read_bytes_total: 175,
      rxjs_tcp_written_bytes_total: 43,
      rxjs_tcp_held_bytes: 8,
      rxjs_tcp_unsent_bytes: 9,
    });
  });

  it('adds up the limits of servers, and shows the memory of the one that is nearest to its limit', async () => {
    const [roomy, full] = [
      { memoryBytes: 50, memoryLimitBytes: 1_000 },
      { memoryBytes: 40, memoryLimitBytes: 50 },
    ];
    const metrics = await metricsOf([listening(roomy)], [listening(full)], []);
    expect(metrics).toMatchObject({
      rxjs_tcp_connections_limit: 20,
      rxjs_tcp_memory_used_bytes: 40,
      rxjs_tcp_memory_limit_bytes: 50,
    });
  });

  it('shows no memory before a server listens', async () => {
    expect(await metricsOf([])).not.toHaveProperty('rxjs_tcp_memory_used_bytes');
  });

  it('shows a limit of Infinity as Prometheus writes it', async () => {
    const metrics = await metricsOf([listening({ maxConnections: Number.POSITIVE_INFINITY })]);
    expect(metrics.rxjs_tcp_connections_limit).toBe(Number.POSITIVE_INFINITY);
  });

  const ends: Record<string, Observable<ServerEvent>> = {
    completes: EMPTY,
    errors: throwError(() => new Error('stop$')),
  };
  it.each(Object.entries(ends))('counts connections as aborted that are open where the server %s', async (_, end$) => {
    const registry = new Registry();
    const events = [
      listening({}),
      opened(fake({ bytesRead: 5, bytesHeld: 2 })),
      { type: 'draining', active: 1 } as const,
    ];
    const seen: string[] = [];
    concat(of<ServerEvent[]>(...events), end$)
      .pipe(observeMetrics(registry))
      .subscribe({
        next: ({ type }) => seen.push(type),
        error: () => seen.push('error'),
        complete: () => seen.push('complete'),
      });
    expect(seen).toEqual(['listening', 'opened', 'draining', end$ === EMPTY ? 'complete' : 'error']);
    expect(await scrape(registry)).toMatchObject({
      'rxjs_tcp_connections_closed_total{reason="aborted"}': 1,
      rxjs_tcp_connections_open: 0,
      rxjs_tcp_read_bytes_total: 5,
      rxjs_tcp_held_bytes: 0,
      rxjs_tcp_draining: 0,
    });
  });

  it('counts the servers that drain', async () => {
    expect(await metricsOf([{ type: 'draining', active: 0 }], [])).toMatchObject({ rxjs_tcp_draining: 1 });
  });

  it('has all counters at 0 from the call on, before anything is subscribed to', async () => {
    const registry = new Registry();
    observeMetrics(registry);
    expect(await scrape(registry)).toMatchObject({
      rxjs_tcp_connections_opened_total: 0,
      'rxjs_tcp_connections_closed_total{reason="reset"}': 0,
      rxjs_tcp_event_loop_delay_seconds_count: 0,
    });
  });
});

describe('several servers in one registry', () => {
  const oneConnection = () => of(opened(fake()));

  it('have the label of their name, and add up where they have the same one', async () => {
    const registry = new Registry();
    for (const server of ['a', 'a', 'b', undefined])
      oneConnection().pipe(observeMetrics(registry, { server })).subscribe();
    expect(await scrape(registry)).toMatchObject({
      'rxjs_tcp_connections_opened_total{server="a"}': 2,
      'rxjs_tcp_connections_opened_total{server="b"}': 1,
      rxjs_tcp_connections_opened_total: 1,
      'rxjs_tcp_connections_closed_total{server="b",reason="aborted"}': 1,
    });
  });

  it('go on where they were when one is subscribed to again', async () => {
    const registry = new Registry();
    const server$ = oneConnection().pipe(observeMetrics(registry));
    server$.subscribe();
    server$.subscribe();
    expect(await scrape(registry)).toMatchObject({ rxjs_tcp_connections_opened_total: 2 });
  });

  it('count in their own registry and in no other', async () => {
    const registries = [new Registry(), new Registry()] as const;
    oneConnection().pipe(observeMetrics(registries[0])).subscribe();
    observeMetrics(registries[1]);
    expect((await scrape(registries[1])).rxjs_tcp_connections_opened_total).toBe(0);
  });

  it('have their metrics back in a registry that was cleared', async () => {
    const registry = new Registry();
    oneConnection().pipe(observeMetrics(registry)).subscribe();
    registry.clear();
    observeMetrics(registry);
    expect(await scrape(registry)).toMatchObject({ rxjs_tcp_connections_opened_total: 1 });
  });
});

describe('the registry', () => {
  it('that is none is refused at the call', () => {
    expect(() => observeMetrics({} as never)).toThrow('Expected `registry` to be a Registry of prom-client, got `{}`');
    expect(() => observeMetrics(new Registry(), { servr: 'a' } as never)).toThrow('did you mean `server`?');
    expect(() => observeMetrics(new Registry(), { server: '' })).toThrow(TypeError);
  });

  it('that has another metric of the same name refuses ours', () => {
    const registry = new Registry();
    new Counter({ name: 'rxjs_tcp_connections_open', help: 'Another one', registers: [registry] });
    expect(() => observeMetrics(registry)).toThrow('already been registered');
  });

  it('writes OpenMetrics too, again and again', async () => {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const events$ = new Subject<ServerEvent>();
    const server = events$.pipe(observeMetrics(registry)).subscribe();
    events$.next(opened(fake()));
    await registry.metrics();
    observeMetrics(registry);
    const lines = (await registry.metrics()).split('\n');
    expect(lines.filter((line) => line.includes('connections_opened'))).toEqual([
      '# HELP rxjs_tcp_connections_opened Connections that were opened.',
      '# TYPE rxjs_tcp_connections_opened counter',
      'rxjs_tcp_connections_opened_total 1',
    ]);
    expect(lines.at(-2)).toBe('# EOF');
    server.unsubscribe();
  });

  it('adds its labels to each sample', async () => {
    const registry = new Registry();
    registry.setDefaultLabels({ region: 'eu' });
    observeMetrics(registry, { server: 'a' });
    expect(await scrape(registry)).toHaveProperty('rxjs_tcp_connections_open{server="a",region="eu"}', 0);
  });

  it('that is reset keeps what servers have counted', async () => {
    const registry = new Registry();
    of(opened(fake())).pipe(observeMetrics(registry)).subscribe();
    registry.resetMetrics();
    expect(await scrape(registry)).toMatchObject({ rxjs_tcp_connections_opened_total: 1 });
  });
});
