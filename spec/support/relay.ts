/** Between a client and a server, byte for byte: it keeps what passed, and can break the connection in ways that neither end does. */

import { once } from 'node:events';
import net from 'node:net';
import { onTestFinished } from 'vitest';

type Direction = 'from client' | 'from server';

export class Relay {
  port = 0;
  readonly #passed: Record<Direction, Buffer[]> = { 'from client': [], 'from server': [] };
  readonly #sockets: { client: net.Socket; server: net.Socket }[] = [];

  static async to(serverPort: number): Promise<Relay> {
    const relay = new Relay();
    const listener = net.createServer({ allowHalfOpen: true }, (client) => relay.#pass(client, serverPort));
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    relay.port = (listener.address() as net.AddressInfo).port;
    onTestFinished(() => {
      listener.close();
      for (const { client, server } of relay.#sockets) [client, server].map((socket) => socket.destroy());
    });
    return relay;
  }

  passed(direction: Direction): Buffer {
    return Buffer.concat(this.#passed[direction]);
  }

  /** The first byte of each TLS record: its type, up to version 1.2. */
  recordTypes(direction: Direction): number[] {
    const bytes = this.passed(direction);
    const types: number[] = [];
    for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes[at] as number);
    return types;
  }

  /** The end of the last connection to the server: what is written to it comes as if from the client. */
  get toServer(): net.Socket {
    return (this.#sockets.at(-1) as { server: net.Socket }).server;
  }
  get toClient(): net.Socket {
    return (this.#sockets.at(-1) as { client: net.Socket }).client;
  }

  #pass(client: net.Socket, serverPort: number): void {
    const server = net.connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true });
    this.#sockets.push({ client, server });
    for (const [from, to, direction] of [
      [client, server, 'from client'],
      [server, client, 'from server'],
    ] as const) {
      from.on('data', (chunk) => this.#passed[direction].push(chunk)).pipe(to);
      from.on('error', () => to.resetAndDestroy());
    }
  }
}
