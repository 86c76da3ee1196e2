/** Dropped peers are told once in a while for each reason, so that a flood of them does not flood the log. */
import type { ServerEvent } from '../index.js';

type Dropped = Extract<ServerEvent, { type: 'dropped' }>;

/** One dropped peer, or how many more there were of the same reason. */
export type Refusal = Dropped & { readonly count?: number };

/** Health checks of load balancers often leave before they are accepted, all day long. */
const everyMs: Readonly<Record<Dropped['reason'], number>> = {
  limit: 1_000,
  'address-limit': 1_000,
  memory: 1_000,
  refused: 1_000,
  handshake: 1_000,
  lost: 60_000,
};

export class Refusals {
  readonly #print: (refusal: Refusal) => void;
  /** How many have been refused since the last line, for each reason that had one lately. */
  readonly #untold = new Map<Dropped['reason'], number>();

  constructor(print: (refusal: Refusal) => void) {
    this.#print = print;
  }

  add(event: Dropped): void {
    const untold = this.#untold.get(event.reason);
    if (untold === undefined) this.#tell(event);
    else this.#untold.set(event.reason, untold + 1);
  }

  /** At the end of the log. */
  flush(): void {
    for (const reason of this.#untold.keys()) this.#tellRest(reason);
  }

  #tell(refusal: Refusal): void {
    this.#print(refusal);
    this.#untold.set(refusal.reason, 0);
    setTimeout(() => this.#tellRest(refusal.reason), everyMs[refusal.reason]).unref();
  }

  #tellRest(reason: Dropped['reason']): void {
    const count = this.#untold.get(reason) ?? 0;
    this.#untold.delete(reason);
    if (count > 0) this.#tell({ type: 'dropped', remote: undefined, reason, count });
  }
}
