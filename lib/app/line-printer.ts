/** Prints to standard output without ever making the server wait, and without keeping more than so much in memory. */

/** What may wait for a slow reader of the log: 10 000 lines or so. */
const mostWaitingCharacters = 1_048_576;

/** Returns what prints one line. Lines that find no room are counted, and the next that does is preceded by that count. */
export function linePrinter(countLine: (dropped: number) => string): (line: string) => void {
  const output = process.stdout;
  let dropped = 0;
  // A terminal is written to synchronously unless told otherwise, and one that is not read (Ctrl-S) would stop the server.
  const { _handle: handle } = output as { _handle?: { setBlocking?(blocking: boolean): void } };
  if (output.isTTY) handle?.setBlocking?.(false);
  output.on('error', () => {}); // the reader has gone, or the disk is full: the server goes on
  return (line) => {
    if (!output.writable) return;
    if (output.writableLength + line.length > mostWaitingCharacters) {
      dropped += 1;
      return;
    }
    output.write(dropped === 0 ? line : `${countLine(dropped)}\n${line}`);
    dropped = 0;
  };
}
