/** The end of a subscriber, as an Observable. */
import { type Observable, Subject, type Subscriber } from 'rxjs';

/**
 * Emits when `subscriber` completes, errors or unsubscribes, then calls `release`. For `takeUntil` on the source.
 *
 * `subscriber.add(source$.subscribe(…))` takes effect after `subscribe` has returned: one value too late for a source that
 * emits while it is being subscribed to.
 */
export function endOf(subscriber: Subscriber<unknown>, release: () => void): Observable<void> {
  const ended$ = new Subject<void>();
  subscriber.add(() => {
    ended$.next();
    release();
  });
  return ended$;
}
