/** The certificate of the server: its files are read at the start, and again for each signal. */
import { catchError, concat, concatMap, defer, EMPTY, map, type Observable, of, tap } from 'rxjs';
import { TcpError, type TlsServerConfig } from '../index.js';
import type { ServerTlsFlags } from './flags/tls.js';
import type { Log } from './log.js';
import { readServerTls } from './tls-files.js';

/** Errors where the first reading fails; a later one that fails leaves the certificate as it is. */
export function certificates(
  flags: ServerTlsFlags,
  again$: Observable<unknown>,
  log: Log,
): Observable<TlsServerConfig> {
  const { tlsCert = '', tlsKey = '' } = flags;
  const read$ = defer(() => of(readServerTls(tlsCert, tlsKey, flags)));
  const readAgain$ = read$.pipe(
    tap(({ validTo }) => log.tell({ type: 'certificate', file: tlsCert, validTo })),
    catchError((error: TcpError) => {
      log.tell({ type: 'warning', error: new TcpError(error.code, `${error.message}; the one before stays in use`) });
      return EMPTY;
    }),
  );
  return concat(read$, again$.pipe(concatMap(() => readAgain$))).pipe(map(({ tls }) => tls));
}
