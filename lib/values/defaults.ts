/** Every default, once: for the code, for `--help` and for the README's tables. */

const common = {
  /** Nagle's algorithm holds a small reply back until the one before is acknowledged, which can take 40 ms. */
  noDelay: true,
  keepAliveMs: 60_000,
  idleTimeoutMs: Number.POSITIVE_INFINITY,
  writeTimeoutMs: 30_000,
  maxUnsentBytes: 16_777_216,
  host: '127.0.0.1',
};

/** The default of every option that has a fixed one. */
export const defaults = Object.freeze({
  server: Object.freeze({
    ...common,
    /** With 511, Node's default, the last of 1 000 simultaneous clients waits a second longer (measured). */
    backlog: 4_096,
    drainTimeoutMs: 10_000,
    halfCloseTimeoutMs: 30_000,
    highWaterMarkBytes: 65_536,
    handshakeTimeoutMs: 10_000,
    ipv6Only: false,
    reusePort: false,
    maxConnectionsPerAddress: Number.POSITIVE_INFINITY,
    maxLifetimeMs: Number.POSITIVE_INFINITY,
    maxChunkBytes: Number.POSITIVE_INFINITY,
  }),
  connect: Object.freeze({ ...common, connectTimeoutMs: 10_000, allowHalfOpen: false }),
  proxyProtocol: Object.freeze({ timeoutMs: 5_000 }),
  lines: Object.freeze({ maxBytes: 65_536, unfinished: 'emit' as const }),
  delimited: Object.freeze({ maxBytes: 65_536, unfinished: 'error' as const }),
  lengthPrefixed: Object.freeze({
    headerBytes: 4 as const,
    endian: 'big' as const,
    includesHeader: false,
    maxBytes: 1_048_576,
    unfinished: 'error' as const,
  }),
  chunksOf: Object.freeze({ unfinished: 'error' as const }),
  decodeText: Object.freeze({ encoding: 'utf-8' }),
  echo: Object.freeze({ delayMs: 5_000, delayPer: 'connection' as const, reply: 'text' as const }),
});
