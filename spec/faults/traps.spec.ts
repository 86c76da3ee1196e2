import { traps } from './cases/traps.js';
import { declare } from './support/declare.js';

declare('J: traps', traps);
