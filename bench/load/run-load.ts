/** Carries out a plan. */
import { churn } from './churn.js';
import { closedLoop } from './closed-loop.js';
import { Meter } from './meter.js';
import { openLoop } from './open-loop.js';
import type { LoadPlan, LoadReport, Mark, ReplyFormat, Target } from './plan.js';
import { storm } from './storm.js';
import { waiting } from './waiting.js';

export function runLoad(plan: LoadPlan, target: Target, reply: ReplyFormat, mark: Mark): Promise<LoadReport> {
  const meter = new Meter(mark);
  switch (plan.kind) {
    case 'closed':
      return closedLoop(plan, target, reply, meter);
    case 'open':
      return openLoop(plan, target, reply, meter);
    case 'storm':
      return storm(plan, target, reply, meter);
    case 'waiting':
      return waiting(plan, target, reply, meter, mark);
    case 'churn':
      return churn(plan, target, meter);
  }
}
