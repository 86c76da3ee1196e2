/** V8's garbage collector, which Node offers behind a flag only. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

export const collect: () => void = runInNewContext('gc');
