/** The exit statuses of the command, and its error messages. */

export const exitStatus = Object.freeze({ failed: 1, badUsage: 2, cut: 3 });

/** Prints one line to standard error. */
export function complain(message: string): void {
  process.stderr.write(`rxjs-tcp: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
}

export function fail(message: string): void {
  complain(message);
  process.exitCode = exitStatus.failed;
}
