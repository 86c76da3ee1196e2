/** Prints to standard output without blocking the server, and with a bounded queue. */

/** How much may wait for a slow reader of the log: about 10 000 lines. */
const maxWaitingCharacters = 1_048_576;

/** Returns a function that prints one line. Lines without room are dropped, and their count precedes the next line. */
export function linePrinter(countLine: (dropped: number) => string): (line: string) => void {
  const output = process.stdout;
  let dropped = 0;
  // Node writes to a terminal synchronously by default: one that is stopped (Ctrl-S) would block the server.
  const { _handle: handle } = output as { _handle?: { setBlocking?(blocking: boolean): void } };
  if (output.isTTY) handle?.setBlocking?.(false);
  return (line) => {
    if (!output.writable) return;
    if (output.writableLength + line.length > maxWaitingCharacters) {
      dropped += 1;
      return;
    }
    output.write(dropped === 0 ? line : `${countLine(dropped)}\n${line}`);
    dropped = 0;
  };
}
