/** The real network: the transport contract over Node's `net`. */
import { flag, readOptions } from '../../values/options.js';
import type { Transport } from '../transport.js';
import { directIo } from './direct-io.js';
import { NodeListener } from './listener.js';
import { openFileLimit } from './open-file-limit.js';
import { SecurableSocket } from './securable-socket.js';
import { NodeSocket } from './socket.js';
import { documentedIo } from './socket-io.js';
import { tlsClientSide } from './tls.js';

/** What the process needs besides its connections: 22 to 25 descriptors when it idles (measured), and its files. */
const reservedFiles = 64;

/** The options of `nodeNetwork`. */
export interface NodeNetworkConfig {
  /**
   * Reads into one buffer, writes past Node's streams, takes connections before they are served: a message costs less,
   * and bursts are accepted sooner. Uses undocumented parts of Node where they are as expected. @default true
   */
  readonly fastPath?: boolean | undefined;
}

/**
 * Makes a transport over the operating system's TCP. Its capacity is what the process's file limit leaves.
 * @throws TypeError for an option that is unknown or of the wrong type
 * @example tcpServer({ port: 50007, transport: nodeNetwork({ fastPath: false }) }, echo()).subscribe();
 */
export function nodeNetwork(config: NodeNetworkConfig = {}): Transport {
  const { fastPath } = readOptions(config, { fastPath: flag }, { fastPath: true });
  const io = fastPath ? directIo : () => documentedIo;
  return {
    capacity: () => Math.max(1, openFileLimit() - reservedFiles),
    listen: (options, events) => new NodeListener(options, options.tls ? documentedIo : io(), events),
    connect: (options) => {
      const { tls, host, path } = options;
      if (tls === undefined) return NodeSocket.connecting(options, io());
      const plain = NodeSocket.connecting(options, documentedIo);
      return new SecurableSocket(plain, tlsClientSide(tls, path === undefined ? host : 'localhost'));
    },
  };
}
