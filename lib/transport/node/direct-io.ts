/** The fast way past Node's streams: reads into one slab, writes to the handle. */
import net from 'node:net';
import { intoSlab, stopReading } from './direct-read.js';
import { directWrites } from './direct-write.js';
import { documentedIo, type SocketIo } from './socket-io.js';

let fastest: SocketIo | undefined;

/** Decided at the first socket: Bun and Deno, which import this file too, and a Node that is not as expected get the documented way. */
export function directIo(): SocketIo {
  fastest ??= makeIo();
  return fastest;
}

function makeIo(): SocketIo {
  const writes = directWrites();
  if (writes === undefined) return documentedIo;
  return {
    ...documentedIo,
    ...writes,
    make(source, owner) {
      if (source instanceof net.Socket) return documentedIo.make(source, owner);
      const onread = intoSlab(owner);
      if ('handle' in source) return new net.Socket({ ...source, allowHalfOpen: true, onread } as object);
      return net.connect({ ...source, onread });
    },
    closed: stopReading,
  };
}
