/** How much is specified: what each commit must keep, all of it for the night, or what is enough to notice a mutant. */

/** So it is with `npm run test:faults`. */
export const isLong = process.env.FAULTS === 'long';

/** So it is with `npm run test:mutation`. */
export const isBrief = process.env.FAULTS === 'brief';
