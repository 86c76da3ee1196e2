/** How many files this process may have open; Infinity where the platform does not say. */
export function openFileLimit(): number {
  const report: typeof process.report & { excludeNetwork?: boolean } = process.report; // since Node 20.13
  const { excludeNetwork = false } = report;
  report.excludeNetwork = true; // a report would otherwise look up the names of all peers
  try {
    const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: number | 'unlimited' } } };
    const limit = userLimits?.open_files?.soft;
    return typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY; // Deno makes no report without --allow-sys
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}
