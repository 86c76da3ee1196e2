/** One line over the whole run, on standard error and on a terminal only. */

const barCharacters = 40;

/** Call it before each run with what is done now, and how much of the expected time is behind. */
export function startProgress(totalMs: number): (doneMs: number, what: string) => void {
  const startMs = performance.now();
  return (doneMs, what) => {
    if (!process.stderr.isTTY) return;
    const part = doneMs / totalMs;
    const pace = doneMs === 0 ? 1 : (performance.now() - startMs) / doneMs;
    const bar = '█'.repeat(part * barCharacters).padEnd(barCharacters, '░');
    process.stderr.cursorTo(0);
    process.stderr.write(`${bar} ${Math.floor(part * 100)} % · ${clock((totalMs - doneMs) * pace)} left · ${what}`);
    process.stderr.clearLine(1);
  };
}

/** `1:05` */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
