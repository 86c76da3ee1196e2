/** The load generator as a process of the runner: takes one plan by IPC, tells its marks, waits until they are noted, reports. */
import type { LoadPlan, LoadReport, Mark, ReplyFormat, Target } from './plan.js';
import { runLoad } from './run-load.js';

export interface Order {
  readonly plan: LoadPlan;
  readonly target: Target;
  readonly reply: ReplyFormat;
}

/** The runner answers each mark with the message `noted`. */
export type AgentMessage =
  | { readonly mark: Parameters<Mark>[0]; readonly waiting?: number }
  | { readonly report: LoadReport };

let noted = (): void => {};

process.on('message', async (message: Order | 'noted') => {
  if (message === 'noted') return noted();
  const report = await runLoad(message.plan, message.target, message.reply, (mark, waiting) => {
    tell({ mark, ...(waiting !== undefined && { waiting }) });
    return new Promise((resolve) => {
      noted = resolve;
    });
  });
  tell({ report });
  process.disconnect();
});

// The runner is gone, and nobody is left to report to.
process.on('disconnect', () => process.exit());

function tell(message: AgentMessage): void {
  process.send?.(message);
}
