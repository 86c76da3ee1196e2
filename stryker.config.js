/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  // No class of mutators is left out: specs read states and messages, and of 9 strings tried in lib/connection 8 were noticed.
  mutate: ['lib/connection/**/*.ts', 'lib/transport/**/*.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 45_000, // more than two tries of a test may take, so that one that waits in vain fails and costs no process
  ignorePatterns: ['bench', 'coverage', 'dist', 'docs', 'examples'],
  tsconfigFile: 'none', // Stryker would rewrite it with TypeScript's JavaScript API, which TypeScript 7 does not have
  disableTypeChecks: false,
  tempDirName: 'coverage/stryker',
  incrementalFile: 'coverage/mutation-incremental.json',
  reporters: ['clear-text', 'progress-append-only', 'json', 'html'],
  clearTextReporter: { logTests: false, reportTests: false },
  jsonReporter: { fileName: 'coverage/mutation.json' },
  htmlReporter: { fileName: 'coverage/mutation.html' },
};
