/** TLS by Node's own `tls`, over a socket that is connected. */
import net from 'node:net';
import tls from 'node:tls';
import { TcpError } from '../../values/errors.js';
import { maxTimerMs } from '../../values/options.js';
import {
  checkCertificate,
  type TlsCertificate,
  type TlsClientConfig,
  type TlsServerConfig,
  type TlsState,
} from '../tls.js';

/** What a handshake reports: one of the two. */
export interface HandshakeEvents {
  secured(socket: tls.TLSSocket, state: TlsState): void;
  failed(error: Error): void;
}

/** Begins a handshake over a socket of which nothing else reads any more. */
export interface Tls {
  start(socket: net.Socket, events: HandshakeEvents): void;
}

/** The server's side. */
export class TlsServerSide implements Tls {
  readonly #server: tls.Server;
  readonly #handshakes = new WeakMap<net.Socket, HandshakeEvents>();

  /** @throws TcpError ERR_TLS_CERTIFICATE */
  constructor(config: TlsServerConfig) {
    const { sni, ...rest } = config;
    const { key, cert, pfx, passphrase, ...common } = rest;
    const named = new Map(typeof sni === 'object' ? Object.entries(sni) : []);
    const certificateFor = typeof sni === 'function' ? sni : (servername: string) => named.get(servername);
    const contexts = new WeakMap<TlsCertificate, tls.SecureContext>(); // a function may make a certificate for each call
    const contextOf = (certificate: TlsCertificate): tls.SecureContext => {
      const known = contexts.get(certificate);
      if (known) return known;
      checkCertificate(certificate);
      const context = usable(() => tls.createSecureContext({ ...common, ...certificate } as object));
      contexts.set(certificate, context);
      return context;
    };
    for (const certificate of named.values()) contextOf(certificate); // one that cannot be used is told before a client asks
    this.#server = usable(() =>
      tls.createServer({
        ...(rest as tls.TlsOptions),
        handshakeTimeout: maxTimerMs, // the server has a limit of its own: this one would not close the socket
        SNICallback: (servername, done) => {
          try {
            const certificate = certificateFor(servername);
            done(null, certificate && contextOf(certificate));
          } catch (error) {
            done(error as Error);
          }
        },
      }),
    );
    this.#server.on('secureConnection', (socket) => {
      socket.allowHalfOpen = true;
      this.#eventsOf(socket)?.secured(socket, tlsState(socket));
    });
    this.#server.on('tlsClientError', (error, socket) => {
      const { authorizationError } = socket;
      this.#eventsOf(socket)?.failed(authorizationError ? new Error(String(authorizationError)) : error);
    });
  }

  start(socket: net.Socket, events: HandshakeEvents): void {
    this.#handshakes.set(socket, events);
    socket.allowHalfOpen = false; // an end during the handshake is its failure
    this.#server.emit('connection', socket); // as Node documents it for sockets that come from elsewhere
  }

  #eventsOf(secured: tls.TLSSocket): HandshakeEvents | undefined {
    const { _parent: socket } = secured as tls.TLSSocket & { readonly _parent?: net.Socket };
    return socket && this.#handshakes.get(socket);
  }
}

/** What resumes a session, and the subject that the server showed when it began. */
interface Session {
  readonly ticket: Buffer;
  readonly subject: TlsState['peerSubject'];
}

/** The client's side; of one config, so that its connections resume each other's sessions. */
class TlsClientSide {
  readonly #config: TlsClientConfig;
  readonly #context: tls.SecureContext;
  /** The last session with each server. */
  readonly #sessions = new Map<string, Session>();

  /** @throws TcpError ERR_TLS_CERTIFICATE */
  constructor(config: TlsClientConfig) {
    this.#config = config;
    this.#context = usable(() => tls.createSecureContext(config as tls.SecureContextOptions));
  }

  start(socket: net.Socket, host: string, events: HandshakeEvents): void {
    const { servername = net.isIP(host) === 0 ? host : undefined, ALPNProtocols, rejectUnauthorized } = this.#config;
    const server = `${servername} ${socket.remoteAddress} ${socket.remotePort}`;
    const session = this.#sessions.get(server);
    const secured = tls.connect({
      socket,
      host,
      secureContext: this.#context,
      ...(servername !== undefined && { servername }),
      ...(ALPNProtocols && { ALPNProtocols: [...ALPNProtocols] }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
      ...(session && { session: session.ticket }),
    });
    const failed = (error: Error): void => {
      this.#sessions.delete(server);
      events.failed(error);
    };
    secured.on('error', failed);
    secured.on('session', (ticket) => this.#sessions.set(server, { ticket, subject: subjectOf(secured, session) }));
    secured.once('secureConnect', () => {
      events.secured(secured, tlsState(secured, session));
      secured.off('error', failed);
    });
  }
}

const clientSides = new WeakMap<TlsClientConfig, TlsClientSide>();

/** The side of a client that connects to `host`. */
export function tlsClientSide(config: TlsClientConfig, host: string): Tls {
  return {
    start(socket, events) {
      const side = clientSides.get(config) ?? new TlsClientSide(config);
      clientSides.set(config, side);
      side.start(socket, host, events);
    },
  };
}

function tlsState(socket: tls.TLSSocket, session?: Session): TlsState {
  const { standardName } = socket.getCipher();
  const { authorized, authorizationError, alpnProtocol } = socket;
  const { servername } = socket as tls.TLSSocket & { readonly servername?: string | false | null };
  return Object.freeze({
    authorized,
    authorizationError: authorizationError ? String(authorizationError) : undefined,
    peerSubject: subjectOf(socket, session),
    alpnProtocol: alpnProtocol || undefined,
    protocol: socket.getProtocol() ?? '',
    cipher: standardName,
    servername: servername || undefined,
    isResumed: socket.isSessionReused(),
  });
}

/** A server that resumes a session does not show its certificate again. */
function subjectOf(socket: tls.TLSSocket, session?: Session): TlsState['peerSubject'] {
  const { subject } = (socket.getPeerCertificate() ?? {}) as Partial<tls.PeerCertificate>;
  return subject ? ({ ...subject } as TlsState['peerSubject']) : session?.subject;
}

function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const { message } = cause as Error;
    throw new TcpError('ERR_TLS_CERTIFICATE', `The key, certificate or options of TLS cannot be used: ${message}`, {
      cause,
    });
  }
}
