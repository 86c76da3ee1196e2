import { userCode } from './cases/user-code.js';
import { declare } from './support/declare.js';

declare('I: handlers that misbehave', userCode);
