/** How the command ends. */

export const exitStatus = Object.freeze({ failed: 1, badUsage: 2, cut: 3 });

/** One line on standard error. */
export function complain(message: string): void {
  process.stderr.write(`rxjs-tcp: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`);
}
