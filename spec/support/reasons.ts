/** All reasons for which connections are closed, and peers dropped. */
import type { CloseReason, DropReason } from '../../lib/index.js';

/** The compiler refuses these when one is missing or unknown. */
const closed: Readonly<Record<CloseReason, true>> = {
  ended: true,
  reset: true,
  idle: true,
  stalled: true,
  'half-closed': true,
  lifetime: true,
  overflow: true,
  failed: true,
  aborted: true,
};
const dropped: Readonly<Record<DropReason, true>> = {
  limit: true,
  'address-limit': true,
  memory: true,
  refused: true,
  handshake: true,
  lost: true,
};

export const closeReasons = Object.keys(closed) as CloseReason[];
export const dropReasons = Object.keys(dropped) as DropReason[];
