import { integrity } from './cases/integrity.js';
import { declare } from './support/declare.js';

declare('A: data integrity and order', integrity);
