/** Carries out a plan. */
import { churn } from './churn.js';
import { closedLoop } from './closed-loop.js';
import { download } from './download.js';
import { Meter } from './meter.js';
import { openLoop } from './open-loop.js';
import type { LoadPlan, LoadReport, Mark, Target } from './plan.js';
import { storm } from './storm.js';
import { waiting } from './waiting.js';

export function runLoad(plan: LoadPlan, target: Target, mark: Mark): Promise<LoadReport> {
  const meter = new Meter(mark);
  switch (plan.kind) {
    case 'closed':
      return closedLoop(plan, target, meter);
    case 'open':
      return openLoop(plan, target, meter);
    case 'churn':
      return churn(plan, target, meter);
    case 'download':
      return download(plan, target, meter);
    case 'storm':
      return storm(plan, target, meter);
    case 'waiting':
      return waiting(plan, target, meter, mark);
  }
}
