/** Waits for what no event tells, in the time of the scheduler. */
import { first, last, type Observable, take, timer } from 'rxjs';

/** Longer than any wait: in virtual time, nothing else would end one for what does not come. */
const mostLooks = 30_000;

/** Emits once the condition holds. Errors with an EmptyError where it never does. */
export function until(condition: () => boolean): Observable<number> {
  return timer(0, 1).pipe(take(mostLooks), first(condition));
}

/** Emits behind so many turns of the event loop. After a stall of the process a time has passed, and no turn. */
export function turns(count: number): Observable<number> {
  return timer(1, 1).pipe(take(count), last());
}
