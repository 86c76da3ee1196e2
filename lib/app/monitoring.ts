/** What watches a server, by HTTP: `/metrics` for Prometheus, `/healthz` and `/readyz` for a load balancer. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { getSystemErrorMap } from 'node:util';
import { from, Observable, switchMap, tap } from 'rxjs';
import { formatAddress, type ServerEvent, type TcpAddress } from '../index.js';
import { type MetricsRegistry, observeMetrics } from '../metrics.js';
import type { Log } from './log.js';
import { Readiness } from './readiness.js';

/** Longer than Prometheus waits between scrapes: on its connection it gets an answer when no descriptor is left. */
const keepAliveMs = 75_000;
/** A server leaves 64 descriptors free by default, of which Node has some 25. */
const maxConnections = 16;

/**
 * Serves metrics and health at `at` for as long as the server runs that `makeServer` makes, and passes on its events. Errors before
 * it makes the server, if it cannot.
 */
export function monitored(
  at: TcpAddress,
  log: Log,
  makeServer: (registry: MetricsRegistry) => Observable<ServerEvent>,
): Observable<ServerEvent> {
  return from(load()).pipe(
    switchMap(([{ createServer }, { Registry, collectDefaultMetrics }]) => {
      const registry = new Registry();
      collectDefaultMetrics({ register: registry });
      for (const { name } of registry.getMetricsAsArray()) if (isSlow(name)) registry.removeSingleMetric(name);
      const readiness = new Readiness();
      const pages = pagesOf(registry, readiness);
      const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
        void answer(pages, request, response);
      });
      return served(server, at, (address) => {
        log.set('metrics', formatAddress(address));
        const events$ = makeServer(registry);
        return events$.pipe(
          tap((event) => readiness.count(event)),
          observeMetrics(registry),
        );
      });
    }),
  );
}

/** They go through all sockets: with 6 000 connections they took 40 % of a scrape, during which nothing else runs. */
const isSlow = (name: string): boolean => name.startsWith('nodejs_active_');

/** Only where it is asked for: prom-client need not be installed, and Node's HTTP takes time to load. */
async function load() {
  try {
    return await Promise.all([import('node:http'), import('prom-client')]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('--metrics needs prom-client: install it where rxjs-tcp is, npm install prom-client');
  }
}

/** Listens, then passes on what `begin` makes. The server closes with it. */
function served<T>(server: Server, at: TcpAddress, begin: (address: TcpAddress) => Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    server.maxConnections = maxConnections;
    const fail = (cause: Error) => subscriber.error(couldNotListen(at, cause));
    server.once('error', fail);
    server.listen(at.port, at.host, () => {
      server.off('error', fail).on('error', () => {}); // no descriptor is left, of which the server that is watched warns
      const { address, port } = server.address() as { address: string; port: number };
      subscriber.add(begin({ host: address, port }).subscribe(subscriber));
    });
    return () => {
      server.close();
      server.closeAllConnections();
    };
  });
}

function couldNotListen(at: TcpAddress, cause: NodeJS.ErrnoException): Error {
  const [, description] = getSystemErrorMap().get(cause.errno ?? 0) ?? [];
  const what = `Could not serve metrics on ${formatAddress(at)}: ${description ?? cause.message}`;
  return new Error(`${what}; give --metrics another address`, { cause });
}

interface Page {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

type Pages = Readonly<Record<string, () => Page | Promise<Page>>>;

function pagesOf(registry: { readonly contentType: string; metrics(): Promise<string> }, readiness: Readiness): Pages {
  return {
    '/metrics': async () => ({ status: 200, body: await registry.metrics(), type: registry.contentType }),
    '/healthz': () => ({ status: 200, body: 'alive\n' }),
    '/readyz': () => {
      const { obstacle } = readiness;
      return { status: obstacle === undefined ? 200 : 503, body: `${obstacle ?? 'ready'}\n` };
    },
  };
}

async function answer(pages: Pages, { method = '', url = '' }: IncomingMessage, response: ServerResponse) {
  const { status, body, type = 'text/plain; charset=utf-8' } = await pageAt(pages, method, url);
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store' };
  response.writeHead(status, status === 405 ? { ...headers, allow: 'GET, HEAD' } : headers);
  response.end(body); // of which Node sends nothing to HEAD
}

async function pageAt(pages: Pages, method: string, url: string): Promise<Page> {
  const [path = ''] = url.split('?');
  if (!Object.hasOwn(pages, path)) return { status: 404, body: `${Object.keys(pages).join(', ')}\n` };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'GET or HEAD\n' };
  try {
    return (await pages[path]?.()) as Page;
  } catch (error) {
    return { status: 500, body: `${(error as Error).message}\n` };
  }
}
