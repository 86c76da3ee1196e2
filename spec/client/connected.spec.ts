/** The observer `connected` of a client. */
import { catchError, defer, map, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Connection, tcpConnect } from '../../lib/index.js';
import { networks } from '../support/networks.js';
import { serving } from '../support/serving.js';

describe.each(networks)('connected, over the $name', ({ play }) => {
  it('is told the connection once, before anything is sent, with its addresses and its counters as they change', async () => {
    const [seen] = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$,
        {},
        ({ port }) =>
          defer(() => {
            const told: Connection[] = [];
            let writtenBefore = -1;
            const connected = {
              next: (connection: Connection) => {
                told.push(connection);
                writtenBefore = connection.bytesWritten;
              },
            };
            return of('hello').pipe(
              tcpConnect({ port, transport, connected }),
              map(String),
              toArray(),
              map((replies) => {
                const [{ local, remote, bytesRead, bytesWritten } = {} as Connection] = told;
                return {
                  replies,
                  told: told.length,
                  hasPort: Number(local?.port) > 0,
                  port,
                  remote,
                  writtenBefore,
                  bytesRead,
                  bytesWritten,
                };
              }),
            );
          }),
      ),
    );
    const counters = { writtenBefore: 0, bytesRead: 5, bytesWritten: 5 };
    expect(seen).toMatchObject({ replies: ['hello'], told: 1, hasPort: true, ...counters });
    expect(seen?.remote?.port).toBe(seen?.port);
  });

  it('that throws is the error of the client, whose connection is reset', async () => {
    const [seen] = await play((transport) =>
      serving(
        transport,
        (chunks$) => chunks$,
        {},
        ({ port }) => {
          const connected = {
            next: () => {
              throw new Error('thrown by connected');
            },
          };
          return of('hello').pipe(
            tcpConnect({ port, transport, connected }),
            map(String),
            catchError(({ message }) => of(message)),
          );
        },
      ),
    );
    expect(seen).toBe('thrown by connected');
  });

  it('is not told of an attempt that fails', async () => {
    const told: Connection[] = [];
    const connected = { next: (connection: Connection) => told.push(connection) };
    const [code] = await play((transport) =>
      of('hello').pipe(
        tcpConnect({ port: 1, transport, connected }),
        map(String),
        catchError(({ code }) => of(code)),
      ),
    );
    expect([code, told]).toEqual(['ERR_CONNECTION_REFUSED', []]);
  });
});
