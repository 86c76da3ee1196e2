import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['spec/**/*.spec.ts'],
    globalSetup: 'spec/support/build.ts', // specs of the command line run the built one
    passWithNoTests: false,
    testTimeout: 20_000,
    reporters: ['default', ['json', { outputFile: 'coverage/results.json' }]],
  },
});
