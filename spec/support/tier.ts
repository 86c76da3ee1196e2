/** Which specs run: those of each commit, the long tier too, or as few as notice a mutant. */

/** True under `npm run test:faults`. */
export const isLong = process.env.FAULTS === 'long';

/** True under `npm run test:mutation`. */
export const isBrief = process.env.FAULTS === 'brief';
