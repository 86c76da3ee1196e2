/** A memory network whose kernel says what a spec wants of the bytes that it holds, as late as Linux does. */
import { asyncScheduler } from 'rxjs';
import type { Transport, TransportSocket } from '../../lib/index.js';
import { overriding } from './overriding.js';

/** How old a figure is when the next is fetched, and when it is no longer told. */
const [staleMs, expiredMs] = [500, 1_000];

/**
 * @param heldBytes what the kernel holds for the peer of the server's first, second … connection: sent or not, and not
 * acknowledged. Undefined: it does not tell.
 */
export function withKernel(transport: Transport, heldBytes: (id: number) => number | undefined): Transport {
  let accepted = 0;
  const reporting = (socket: TransportSocket): TransportSocket => {
    const id = ++accepted;
    return overriding(socket, { unacknowledgedBytes: late(() => heldBytes(id)) });
  };
  return overriding(transport, {
    listen: (options, events) =>
      transport.listen(options, overriding(events, { accepted: (socket) => events.accepted(reporting(socket)) })),
  });
}

/** The first call has no answer yet, as when a process reads Linux's table of connections; a later one has. */
function late(figure: () => number | undefined): () => number | undefined {
  let toldAt = Number.NEGATIVE_INFINITY;
  let told: number | undefined;
  return () => {
    const now = asyncScheduler.now();
    const ageMs = now - toldAt;
    if (ageMs > staleMs) {
      asyncScheduler.schedule(() => {
        told = figure();
        toldAt = now;
      });
    }
    return ageMs > expiredMs ? undefined : told;
  };
}
