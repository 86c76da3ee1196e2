/** The cases with tight bounds, of all groups: vitest.config.ts lets nothing run beside this file. */
import { abnormalEnds } from './cases/abnormal-ends.js';
import { accept } from './cases/accept.js';
import { backpressure } from './cases/backpressure.js';
import { flowControl } from './cases/flow-control.js';
import { integrity } from './cases/integrity.js';
import { lifecycle } from './cases/lifecycle.js';
import { networkFaults } from './cases/network.js';
import { time } from './cases/time.js';
import { traps } from './cases/traps.js';
import { declareQuiet } from './support/declare.js';

declareQuiet('alone', [
  ...integrity,
  ...backpressure,
  ...abnormalEnds,
  ...accept,
  ...lifecycle,
  ...time,
  ...networkFaults,
  ...traps,
  ...flowControl,
]);
