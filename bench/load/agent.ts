/** The load generator as a child process: carries out one order, sends its marks and waits until each is noted, reports. */
import { once } from 'node:events';
import type { LoadPlan, LoadReport, Mark, Target } from './plan.js';
import { runLoad } from './run-load.js';

/** As JSON in the first argument. */
export interface Order {
  readonly plan: LoadPlan;
  readonly target: Target;
}

export type AgentMessage =
  | { readonly mark: Parameters<Mark>[0]; readonly waiting?: number | undefined }
  | { readonly report: LoadReport };

// Without a runner there is nothing to report to.
process.on('disconnect', () => process.exit());

const { plan, target } = JSON.parse(process.argv[2] ?? '') as Order;
const report = await runLoad(plan, target, async (mark, waiting) => {
  tell({ mark, waiting });
  await once(process, 'message'); // any: the runner has noted the mark
});
tell({ report });
process.disconnect();

function tell(message: AgentMessage): void {
  process.send?.(message);
}
