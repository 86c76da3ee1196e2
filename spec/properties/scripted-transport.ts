/** A transport under the control of a script: all that its contract allows can happen, when the script says so. */
import type { Address, Listener, ListenerEvents, SocketEvents, Transport, TransportSocket } from '../../lib/index.js';
import { TcpError } from '../../lib/index.js';

const address: Address = { host: 'script', port: 1 };

export class ScriptedTransport implements Transport {
  readonly sockets: ScriptedSocket[] = [];
  isListening = false;
  #events: ListenerEvents | undefined;

  capacity(): number {
    return Number.POSITIVE_INFINITY;
  }

  connect(): TransportSocket {
    throw new Error('The script is of a server');
  }

  listen(_: unknown, events: ListenerEvents): Listener {
    this.#events = events;
    this.isListening = true;
    const close = (): void => {
      this.isListening = false;
    };
    return {
      close,
      stop: (done) => {
        close();
        done();
      },
    };
  }

  listening(): void {
    if (this.isListening) this.#events?.listening(address);
  }

  accept(): void {
    if (!this.isListening) return;
    const socket = new ScriptedSocket();
    this.sockets.push(socket);
    this.#events?.accepted(socket);
  }

  lose(): void {
    if (this.isListening) this.#events?.lost();
  }

  warn(): void {
    if (this.isListening) this.#events?.warned(new TcpError('ERR_TOO_MANY_FILES', 'The script says so'));
  }
}

/** Does what the script says where the contract allows it, and records what its owner does against the contract. */
export class ScriptedSocket implements TransportSocket {
  readonly local = address;
  readonly remote = { host: 'peer', port: 2 };
  readonly wrongs: string[] = [];
  queuedBytes = 0;
  queuedWrites = 0;
  /** Whether a write is taken at once. */
  takes = true;
  isOver = false;
  #events: SocketEvents | undefined;
  #isPaused = false;
  #peerHasEnded = false;
  #ending: 'no' | 'due' | 'done' = 'no';
  #isClosing = false;
  /** By its owner, once. */
  #isGivenUp = false;
  #takenBytes = 0;
  #percentHeld: number | undefined;

  /** Undefined as long as the script does not make the kernel tell. */
  unacknowledgedBytes(): number | undefined {
    return this.#percentHeld === undefined ? undefined : Math.ceil((this.#takenBytes * this.#percentHeld) / 100);
  }

  open(events: SocketEvents): void {
    this.#events = events;
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosing || this.#ending !== 'no') this.wrongs.push('a write after the end');
    if (this.takes && this.queuedBytes === 0) {
      this.#takenBytes += bytes.length;
      return;
    }
    this.queuedBytes += bytes.length;
    this.queuedWrites += 1;
  }

  cork(): void {}

  uncork(): void {}

  uncorkLater(): void {
    this.#events?.uncorked();
  }

  end(): void {
    if (this.#isClosing || this.#ending !== 'no') this.wrongs.push('an end after the end');
    this.#ending = 'due';
  }

  pause(): void {
    if (this.#isClosing || this.#isPaused) this.wrongs.push('a pause too many');
    this.#isPaused = true;
  }

  resume(): void {
    if (this.#isClosing || !this.#isPaused) this.wrongs.push('a resumption too many');
    this.#isPaused = false;
  }

  destroy(): void {
    if (this.#isGivenUp) this.wrongs.push('a close after the close');
    this.#isGivenUp = true;
    this.#isClosing = true;
  }

  reset(): void {
    this.destroy();
  }

  // ---- what the script can make happen ----

  chunk(bytes: number): void {
    if (!this.#isClosing && !this.#isPaused && !this.#peerHasEnded) this.#events?.chunk(Buffer.alloc(bytes));
  }

  peerEnded(): void {
    if (this.#isClosing || this.#isPaused || this.#peerHasEnded) return;
    this.#peerHasEnded = true;
    this.#events?.peerEnded();
  }

  /** The kernel takes a part of what is queued, of which there is no event. */
  takePart(): void {
    const part = Math.floor(this.queuedBytes / 2);
    this.queuedBytes -= part;
    this.#takenBytes += part;
  }

  /** From now on the kernel tells that so many per cent of what it has taken are not acknowledged; or tells nothing. */
  kernelHolds(percent: number | undefined): void {
    this.#percentHeld = percent;
  }

  drained(): void {
    const hasNews = this.queuedBytes > 0 || this.#ending === 'due';
    if (this.#isClosing || !hasNews) return;
    this.#takenBytes += this.queuedBytes;
    this.queuedBytes = 0;
    this.queuedWrites = 0;
    if (this.#ending === 'due') this.#ending = 'done';
    this.#events?.drained();
  }

  failed(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#events?.failed(new TcpError('ERR_CONNECTION_RESET', 'The script says so'));
  }

  /** Comes last: once it was destroyed, reset or has failed, or both ways have ended. */
  closed(): void {
    const hasEnded = this.#peerHasEnded && this.#ending === 'done';
    if (this.isOver || !(this.#isClosing || hasEnded)) return;
    this.isOver = true;
    this.#isClosing = true;
    this.#events?.closed();
  }
}
