import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { 'rxjs-tcp': fileURLToPath(new URL('lib/index.ts', import.meta.url)) } },
  test: {
    include: ['spec/**/*.spec.ts'],
    globalSetup: 'spec/support/build.ts', // specs of the command line run the built one
    passWithNoTests: false,
    testTimeout: 20_000,
    reporters: ['default', ['json', { outputFile: 'coverage/results.json' }]],
  },
});
