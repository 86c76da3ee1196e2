import { accept } from './cases/accept.js';
import { declare } from './support/declare.js';

declare('D: accepting and its limits', accept);
