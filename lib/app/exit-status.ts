/** How the command ends, and what it says of it. */

export const exitStatus = Object.freeze({ failed: 1, badUsage: 2, cut: 3 });

/** One line on standard error. */
export function complain(message: string): void {
  process.stderr.write(`rxjs-tcp: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
}
