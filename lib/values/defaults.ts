/** Every default, once: what the code uses, what `--help` says and what the README's tables show. */

const common = {
  /** Nagle's algorithm would hold a small reply back until the last one is acknowledged: 40 ms steps. */
  noDelay: true,
  keepAliveMs: 60_000,
  idleTimeoutMs: Number.POSITIVE_INFINITY,
  writeTimeoutMs: 30_000,
  host: '127.0.0.1',
};

export const defaults = Object.freeze({
  server: Object.freeze({
    ...common,
    /** The kernel clips it to net.core.somaxconn. With 511, 1 000 clients at once wait a second longer than with 4 096. */
    backlog: 4_096,
    drainTimeoutMs: 10_000,
    halfCloseTimeoutMs: 30_000,
    highWaterMarkBytes: 65_536,
    maxLifetimeMs: Number.POSITIVE_INFINITY,
    maxChunkBytes: Number.POSITIVE_INFINITY,
  }),
  connect: Object.freeze(common),
  echo: Object.freeze({
    delayMs: 5_000,
    delayPer: 'connection' as const,
    reply: 'text' as const,
  }),
});
