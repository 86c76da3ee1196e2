/** How much memory the container of the process may take: the kernel ends a process that needs more. */

/** The limit of its control group (cgroup) on Linux; Infinity where there is none. */
export function containerMemoryBytes(): number {
  try {
    return process.constrainedMemory() || Number.POSITIVE_INFINITY; // 0: Node cannot tell
  } catch {
    return Number.POSITIVE_INFINITY; // Deno does not tell without --allow-sys
  }
}
