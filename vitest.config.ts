import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { isLong } from './spec/support/tier.js';

/** What measures latency has the machine to itself; in the long tier, everything. */
const quiet = ['spec/app/figures.spec.ts', 'spec/faults/quiet.spec.ts'];

/** Specs wait more than they compute: more at once than two cores are. */
const workers = isLong ? 1 : 3;

const common = {
  resolve: {
    alias: {
      'rxjs-tcp/testing': fileURLToPath(new URL('lib/testing.ts', import.meta.url)),
      'rxjs-tcp': fileURLToPath(new URL('lib/index.ts', import.meta.url)),
    },
  },
  // A screen or a log is shown whole in the message of a failure.
  test: { testTimeout: isLong ? 900_000 : 60_000, chaiConfig: { truncateThreshold: 2_000 } },
};

export default defineConfig({
  test: {
    globalSetup: 'spec/support/build.ts', // specs of the command line run the built one
    passWithNoTests: false,
    reporters: ['default', ['json', { outputFile: 'coverage/results.json' }]],
    coverage: {
      include: ['lib'],
      reporter: [['text', { maxCols: 120 }], 'html'],
      reportsDirectory: 'coverage/lines',
      reportOnFailure: true,
    },
    projects: [
      {
        ...common,
        test: { ...common.test, name: 'quiet', include: quiet, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
      {
        ...common,
        test: {
          ...common.test,
          name: 'shared',
          include: ['spec/**/*.spec.ts'],
          exclude: [...quiet, 'spec/package/**'], // npm run test:package
          maxWorkers: workers,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
