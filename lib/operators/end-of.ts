/** The end of a subscriber, as an Observable. */
import { type Observable, Subject, type Subscriber } from 'rxjs';

/**
 * Emits when `subscriber` ends in any way, then calls `release`.
 *
 * With `takeUntil` it ends what is subscribed to for that subscriber at once. Adding a subscription to the subscriber does
 * so only after `subscribe` has returned, too late for a source that emits meanwhile: it would give away a value too many.
 */
export function endOf(subscriber: Subscriber<unknown>, release: () => void): Observable<void> {
  const ended$ = new Subject<void>();
  subscriber.add(() => {
    ended$.next();
    release();
  });
  return ended$;
}
