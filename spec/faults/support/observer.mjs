/** Preloaded into the server: tells what only the process itself knows, and provokes what only it can do to itself. */
import { closeSync, openSync } from 'node:fs';
import net from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const spied = { pauses: 0, resumes: 0, mostWritesPastFalse: 0 };
const pastFalse = Symbol('non-empty writes since one returned false');
const { pause, resume, write } = net.Socket.prototype;

/** Standard output may be a socket as well. */
const isPeer = (socket) => socket.remotePort !== undefined;

net.Socket.prototype.pause = function () {
  if (isPeer(this) && !this.isPaused()) spied.pauses += 1;
  return pause.call(this);
};

net.Socket.prototype.resume = function () {
  if (isPeer(this) && this.isPaused()) spied.resumes += 1;
  return resume.call(this);
};

net.Socket.prototype.write = function (chunk, ...rest) {
  if (isPeer(this) && this.writableNeedDrain && chunk.length > 0) {
    this[pastFalse] = (this[pastFalse] ?? 0) + 1;
    spied.mostWritesPastFalse = Math.max(spied.mostWritesPastFalse, this[pastFalse]);
  } else if (chunk.length > 0) {
    this[pastFalse] = 0;
  }
  return write.call(this, chunk, ...rest);
};

const held = [];
const wallClock = Date.now;

const orders = {
  report: () => ({
    timers: process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length,
    ...spied,
  }),
  /** Blocks the event loop. */
  block: (ms) => {
    process.send({ started: true });
    for (const until = performance.now() + ms; performance.now() < until; );
  },
  /** Twice: what has a finalizer is free only after the second time. */
  collect: () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    collect();
    collect();
  },
  heapBytes: () => process.memoryUsage().heapUsed,
  /** What a handler of library-server.mjs is to do from now on. */
  tell: (told) => {
    globalThis.told = told;
  },
  shiftWallClock: (ms) => {
    Date.now = () => wallClock() + ms;
  },
  /** Opens files until no descriptor is left. */
  holdFiles: () => {
    for (;;) {
      try {
        held.push(openSync('/dev/null'));
      } catch {
        return held.length;
      }
    }
  },
  releaseFiles: () => {
    for (const file of held.splice(0)) closeSync(file);
  },
};

process.on('uncaughtExceptionMonitor', (error) => process.send?.({ uncaught: String(error?.stack) }));
process.on('message', ({ id, order, argument }) => process.send({ id, answer: orders[order](argument) ?? null }));
process.on('disconnect', () => process.exit()); // the tests are over, or were broken off
process.channel?.unref();
