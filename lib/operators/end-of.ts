/** The end of a subscriber, as an Observable. */
import { type Observable, Subject, type Subscriber } from 'rxjs';

/**
 * Emits when `subscriber` completes, errors or unsubscribes, then calls `release`. For `takeUntil` on the source:
 * adding its subscription to `subscriber` is one value too late if it emits while it is being subscribed to.
 */
export function endOf(subscriber: Subscriber<unknown>, release: () => void): Observable<void> {
  const ended$ = new Subject<void>();
  subscriber.add(() => {
    ended$.next();
    release();
  });
  return ended$;
}
