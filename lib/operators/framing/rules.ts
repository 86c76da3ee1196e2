/** What the options of framing accept. */
import { integer, maxTimerMs, oneOf } from '../../values/options.js';

export const maxBytesRule = integer(1, maxTimerMs);
export const unfinishedRule = oneOf('emit', 'error');
