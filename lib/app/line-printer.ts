/** Prints to standard output without blocking the server, and with a bounded queue. */

/** How much may wait for a slow reader of the log: about 10 000 lines. */
const maxWaitingCharacters = 1_048_576;

/**
 * Returns a function that prints one line. Lines without room are dropped, and counted: `countLine` says how many, once there is
 * room again.
 */
export function linePrinter(countLine: (dropped: number) => string): (line: string) => void {
  const output = process.stdout;
  let dropped = 0;
  // Node writes to a terminal synchronously by default: one that is stopped (Ctrl-S) would block the server.
  const { _handle: handle } = output as { _handle?: { setBlocking?(blocking: boolean): void } };
  if (output.isTTY) handle?.setBlocking?.(false);
  const write = (line: string): void => {
    const count = dropped;
    dropped = 0;
    output.write(count === 0 ? line : `${countLine(count)}${line}`);
  };
  const writeCount = (): void => {
    if (dropped > 0 && output.writable) write('');
  };
  return (line) => {
    if (!output.writable) return;
    if (output.writableLength + line.length <= maxWaitingCharacters) {
      write(line);
    } else {
      if (dropped === 0) output.once('drain', writeCount); // no other line may come
      dropped += 1;
    }
  };
}
