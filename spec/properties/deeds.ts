/** What a peer can do, as data: for properties that hold whatever it does. */
import fc from 'fast-check';
import type { RawPeer } from '../support/raw-peer.js';
import type { Stage } from './stage.js';

export interface Deed {
  readonly do: 'push' | 'tick' | 'wait' | 'fin' | 'rst' | 'stop reading' | 'start reading';
  /** Bytes to push, or a number of milliseconds. */
  readonly size: number;
}

export const deed: fc.Arbitrary<Deed> = fc.record({
  do: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<Deed['do'][]>('push', 'tick') },
    { weight: 2, arbitrary: fc.constantFrom<Deed['do'][]>('stop reading', 'start reading') },
    { weight: 1, arbitrary: fc.constant<Deed['do']>('wait') },
    { weight: 1, arbitrary: fc.constantFrom<Deed['do'][]>('fin', 'rst') },
  ),
  size: fc.integer({ min: 1, max: 3_000 }),
});

const deeds: Record<Deed['do'], (size: number, stage: Stage, peer: RawPeer) => void> = {
  push: (size, _, { socket }) => socket.write(Buffer.alloc(size, size)),
  tick: (size, { clock }) => clock.advance(size % 9),
  wait: (size, { clock }) => clock.advance(size),
  fin: (_, __, { socket }) => socket.end(),
  rst: (_, __, { socket }) => socket.reset(),
  'stop reading': (_, __, { socket }) => socket.pause(),
  'start reading': (_, __, { socket }) => socket.resume(),
};

/** Does it, and lets all that is due at that instant happen. */
export function perform(deed: Deed, stage: Stage, peer: RawPeer): void {
  deeds[deed.do](deed.size, stage, peer);
  stage.clock.settle();
}
