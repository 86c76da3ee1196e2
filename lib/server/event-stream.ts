/** The Observable of a server's events. A subscriber that takes none is told of the first handler that fails. */
import { Observable, type Observer, type Subscription } from 'rxjs';
import { formatAddress, type TcpAddress } from '../values/address.js';
import type { ServerEvent } from './server-event.js';

type Event = ServerEvent<TcpAddress>;

export class EventStream extends Observable<Event> {
  /** A failed handler resets its connection and ends nothing else: without this, `.subscribe()` would hide the error. */
  override subscribe(
    observer?: Partial<Observer<Event>> | ((event: Event) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    if (typeof observer === 'function') return super.subscribe(observer, error, complete);
    if (observer?.next !== undefined) return super.subscribe(observer);
    return super.subscribe(
      warnOnce(),
      observer?.error?.bind(observer) ?? error,
      observer?.complete?.bind(observer) ?? complete,
    );
  }
}

function warnOnce(): (event: Event) => void {
  let hasWarned = false;
  return (event) => {
    if (hasWarned || event.type !== 'closed' || event.reason !== 'failed') return;
    hasWarned = true;
    const { error, connection } = event;
    const where = `connection ${connection.id}, from ${formatAddress(connection.remote)}`;
    const stack = error?.cause instanceof Error ? `\n${error.cause.stack}` : '';
    process.emitWarning(`${error?.message} (${where})`, {
      type: 'TcpServerWarning',
      code: 'ERR_HANDLER_FAILED',
      detail: `Later failures are in the server's events only: subscribe with a next.${stack}`,
    });
  };
}
