/** A server behind the one under test, for a proxy or a client in there. */
import { once } from 'node:events';
import net from 'node:net';
import { Client } from '../../support/client.js';

export class Upstream {
  readonly port: number;
  /** The first connection. */
  readonly peer: Promise<Client>;
  readonly #server: net.Server;
  readonly #peers: Client[] = [];

  /** Calls `meet` with each connection. */
  static async start(meet: (peer: Client) => void): Promise<Upstream> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Upstream(server, meet);
  }

  private constructor(server: net.Server, meet: (peer: Client) => void) {
    this.#server = server;
    this.port = (server.address() as net.AddressInfo).port;
    this.peer = new Promise((resolve) => {
      server.on('connection', (socket) => {
        const peer = Client.accepted(socket);
        this.#peers.push(peer);
        meet(peer);
        resolve(peer);
      });
    });
  }

  close(): void {
    this.#server.close();
    for (const peer of this.#peers) peer.reset();
  }
}
