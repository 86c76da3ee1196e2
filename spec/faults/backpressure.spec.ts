import { backpressure } from './cases/backpressure.js';
import { declare } from './support/declare.js';

declare('B: backpressure and memory', backpressure);
