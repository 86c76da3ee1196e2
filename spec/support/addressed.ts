/** A network on which a spec says where the peers of a server come from. */
import type { Address, Transport } from '../../lib/index.js';
import { overriding } from './overriding.js';

/** @param remoteOf the address of the server's first, second … peer */
export function addressed(transport: Transport, remoteOf: (index: number) => Address): Transport {
  let accepted = 0;
  return overriding(transport, {
    listen: (options, events) =>
      transport.listen(
        options,
        overriding(events, {
          accepted: (socket) => events.accepted(overriding(socket, { remote: remoteOf(accepted++) })),
        }),
      ),
  });
}
