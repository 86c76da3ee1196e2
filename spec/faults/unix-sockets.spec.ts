import { unixSockets } from './cases/unix-sockets.js';
import { declare } from './support/declare.js';

declare('Unix sockets', unixSockets);
