/** What comes in floods is told at once, and then once in a while how many more there were, so that it does not flood the log. */
import type { Address, ServerEvent } from '../index.js';

type Dropped = Extract<ServerEvent, { type: 'dropped' }>;

/** A peer that connected, sent nothing and left. */
export interface Probed {
  readonly type: 'probed';
  readonly remote: Address | undefined;
}

/** One event, or how many more there were of its kind. */
export type Repeated =
  | (Probed & { readonly count?: number })
  /** `hasLeft`: those that are counted left in the handshake by themselves. */
  | (Dropped & { readonly count?: number; readonly hasLeft?: boolean });

const oftenMs = 1_000;
const seldomMs = 60_000;

interface Untold {
  /** What the line with the count says beside it. */
  readonly kind: Repeated;
  readonly everyMs: number;
  count: number;
}

export class Repeats {
  readonly #print: (entry: Repeated) => void;
  /** How many there have been since the last line, of each kind that had one lately. */
  readonly #untold = new Map<string, Untold>();

  constructor(print: (entry: Repeated) => void) {
    this.#print = print;
  }

  add(event: Dropped | Probed): void {
    const everyMs = isCheck(event) ? seldomMs : oftenMs;
    const key = `${event.type} ${event.type === 'dropped' && event.reason} ${everyMs}`;
    const untold = this.#untold.get(key);
    if (untold !== undefined) {
      untold.count += 1;
      return;
    }
    this.#print(event);
    this.#wait(key, { kind: withoutPeer(event), everyMs, count: 0 });
  }

  /** At the end of the log. */
  flush(): void {
    for (const key of this.#untold.keys()) this.#tellRest(key);
  }

  #wait(key: string, untold: Untold): void {
    this.#untold.set(key, untold);
    setTimeout(() => this.#tellRest(key), untold.everyMs).unref();
  }

  #tellRest(key: string): void {
    const untold = this.#untold.get(key);
    this.#untold.delete(key);
    if (untold === undefined || untold.count === 0) return;
    this.#print({ ...untold.kind, count: untold.count });
    this.#wait(key, { ...untold, count: 0 });
  }
}

function withoutPeer(event: Dropped | Probed): Repeated {
  if (event.type === 'probed') return { type: 'probed', remote: undefined };
  const { type, reason } = event;
  const hasLeft = reason === 'handshake' && isCheck(event);
  return { type, reason, remote: undefined, ...(hasLeft && { hasLeft }) };
}

/** Whether the peer left by itself before it was served, as the health checks of a load balancer do all day long. */
export function isCheck(event: Repeated): boolean {
  if (event.type === 'probed' || event.reason === 'lost' || event.hasLeft) return true;
  const { code, message = '', cause } = event.error ?? {};
  if (event.reason !== 'handshake') return false;
  const isReset =
    code === 'ERR_CONNECTION_RESET' || (cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET';
  return isReset || /(ended its side|closed the connection) before the end of its/.test(message);
}
