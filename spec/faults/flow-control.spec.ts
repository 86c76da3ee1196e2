import { flowControl } from './cases/flow-control.js';
import { declare } from './support/declare.js';

declare('K: flow control from end to end', flowControl);
