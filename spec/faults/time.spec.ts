import { time } from './cases/time.js';
import { declare } from './support/declare.js';

declare('E: time', time);
