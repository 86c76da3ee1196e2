/** One bar over the whole run, on standard error and on a terminal only. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** What is being done now. */
  at(what: string): void;
  /** So much of the expected time is behind us. */
  done(ms: number): void;
  stop(): void;
}

const silent: Progress = { at() {}, done() {}, stop() {} };

export function startProgress(totalMs: number): Progress {
  if (!process.stderr.isTTY) return silent;
  const startMs = performance.now();
  let doneMs = 0;
  const bar = new SingleBar(
    { stream: process.stderr, format: '{bar} {percentage} % · {left} left · {what}', clearOnComplete: true },
    Presets.shades_classic,
  );
  const left = (): string => {
    const pace = doneMs === 0 ? 1 : (performance.now() - startMs) / doneMs;
    return clock(Math.max(0, totalMs - doneMs) * pace);
  };
  bar.start(totalMs, 0, { what: '', left: clock(totalMs) });
  return {
    at: (what) => bar.update({ what, left: left() }),
    done(ms) {
      doneMs += ms;
      bar.update(doneMs, { left: left() });
    },
    stop: () => bar.stop(),
  };
}

/** `1:05` */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
