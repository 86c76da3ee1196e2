import { commandLine } from './cases/command.js';
import { declare } from './support/declare.js';

declare('G: the command, its log and the system', commandLine);
