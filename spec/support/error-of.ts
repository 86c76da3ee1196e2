/** The error of an Observable, as a value. */
import { Observable } from 'rxjs';
import type { TcpError } from '../../lib/index.js';

export function errorOf(failing$: Observable<unknown>): Observable<TcpError> {
  return new Observable((subscriber) =>
    failing$.subscribe({
      error: (error) => {
        subscriber.next(error);
        subscriber.complete();
      },
      complete: () => subscriber.error(new Error('It did not fail')),
    }),
  );
}
