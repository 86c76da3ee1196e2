/** Runs a spec in virtual time, with marbles. */
import type { RunHelpers } from 'rxjs/testing';
import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';

/** All that RxJS's schedulers do in `spec` happens at exact virtual instants, without waiting for them. */
export function inVirtualTime<T>(spec: (helpers: RunHelpers) => T): T {
  return new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(spec);
}
