import { networkFaults } from './cases/network.js';
import { declare } from './support/declare.js';

declare('E: the network', networkFaults);
