/** How much is specified: what each commit must keep, or all of it, for the night. */

/** So it is with `npm run test:faults`. */
export const isLong = process.env.FAULTS === 'long';
