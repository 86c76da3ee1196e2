/** Prints what goes over a transport: the bytes of each connection both ways, and how its directions end. */
import { formatAddress } from '../../values/address.js';
import type { TcpError } from '../../values/errors.js';
import { check, func } from '../../values/options.js';
import type { Transport, TransportSocket } from '../transport.js';
import { WrappedSocket, wrapSockets } from './wrapped-socket.js';

/**
 * Prints all that the sockets of `transport` send and receive, as it happens; returns a transport that does.
 *
 * `print` is called with one or more lines, without the last newline. Each text names the peer; bytes follow 16 to a line, control
 * characters as dots: no byte of a peer reaches a terminal as it is.
 * @throws TypeError for a `print` that is no function
 * @example tcpServer({ port: 50007, transport: wiretap(nodeNetwork(), console.log) }, echo()).subscribe();
 */
export function wiretap(transport: Transport, print: (text: string) => void): Transport {
  check('print', print, func);
  return wrapSockets(transport, (socket) => new TappedSocket(socket, print));
}

class TappedSocket extends WrappedSocket {
  readonly #print: (text: string) => void;

  constructor(socket: TransportSocket, print: (text: string) => void) {
    super(socket);
    this.#print = print;
  }

  override write(bytes: Uint8Array): void {
    this.#tell(`sent ${bytes.length} bytes${dump(bytes)}`);
    super.write(bytes);
  }

  override end(): void {
    this.#tell('sent FIN');
    super.end();
  }

  override reset(): void {
    this.#tell('sent a reset');
    super.reset();
  }

  override chunk(chunk: Buffer): void {
    this.#tell(`received ${chunk.length} bytes${dump(chunk)}`);
    super.chunk(chunk);
  }

  override peerEnded(): void {
    this.#tell('received FIN');
    super.peerEnded();
  }

  override failed(error: TcpError): void {
    this.#tell(`failed: ${error.code}`);
    super.failed(error);
  }

  override closed(): void {
    this.#tell('closed');
    super.closed();
  }

  #tell(what: string): void {
    this.#print(`${formatAddress(this.remote)} ${what}`);
  }
}

const bytesPerLine = 16;

/** As `hexdump -C` prints it: `00000000  68 65 6c 6c 6f  |hello|`. */
function dump(bytes: Uint8Array): string {
  let lines = '';
  for (let start = 0; start < bytes.length; start += bytesPerLine) {
    const line = Buffer.from(bytes.subarray(start, start + bytesPerLine));
    const hex = line.toString('hex').replaceAll(/..(?=.)/g, '$& ');
    const text = line.toString('latin1').replaceAll(/[^ -~]/g, '.');
    lines += `\n${start.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * bytesPerLine)} |${text}|`;
  }
  return lines;
}
