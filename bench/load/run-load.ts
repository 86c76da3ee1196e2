/** Carries out a plan. */
import { churn } from './churn.js';
import { closedLoop } from './closed-loop.js';
import { download } from './download.js';
import { Meter } from './meter.js';
import { openLoop } from './open-loop.js';
import type { LoadPlan, LoadReport, Mark, Target } from './plan.js';
import { storm } from './storm.js';
import { waiting } from './waiting.js';

type Load = (plan: LoadPlan, target: Target, meter: Meter, mark: Mark) => Promise<LoadReport>;

const loads = { closed: closedLoop, open: openLoop, churn, download, storm, waiting };

export function runLoad(plan: LoadPlan, target: Target, mark: Mark): Promise<LoadReport> {
  const load = loads[plan.kind] as Load;
  return load(plan, target, new Meter(mark), mark);
}
