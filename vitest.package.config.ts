import { defineConfig } from 'vitest/config';

/** What `npm run test:package` runs: specs of the packed package, where a user has it and with the tools that a user may have. */
export default defineConfig({
  test: {
    include: ['spec/package/**/*.spec.ts'],
    globalSetup: 'spec/package/support/install.ts',
    reporters: ['default', ['json', { outputFile: 'coverage/results.json' }]],
    maxWorkers: 2,
    testTimeout: 120_000,
  },
});
