/** Set up for mutation testing: every property tries the same values each time, and looks for no smaller ones when it fails. */
import fc from 'fast-check';

fc.configureGlobal({ seed: 1, endOnFailure: true });
