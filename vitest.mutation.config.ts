import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The folders whose specs run in one process; first those that notice the most mutants in the least time. */
const folders = [
  'values',
  'operators',
  'handlers',
  'connection',
  'server',
  'client',
  'simulation',
  'properties',
  'transport',
];

/** Stryker stops at the first failure, and vitest by itself begins with the longest file. */
class CheapestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      folders.findIndex((folder) => moduleId.includes(`/spec/${folder}/`));
    return specifications.toSorted((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

/** What `npm run test:mutation` plays for each mutant. */
export default defineConfig({
  resolve: {
    alias: {
      'rxjs-tcp/testing': fileURLToPath(new URL('lib/testing.ts', import.meta.url)),
      'rxjs-tcp': fileURLToPath(new URL('lib/index.ts', import.meta.url)),
    },
  },
  test: {
    include: [`spec/{${folders.join()}}/**/*.spec.ts`, 'spec/virtual-time.spec.ts'],
    exclude: [
      ...configDefaults.exclude,
      // what they start is built of unchanged code
      'spec/connection/old-generation.spec.ts',
      'spec/transport/self-connection.spec.ts',
      'spec/server/inherited-sockets.spec.ts',
    ],
    env: { FAULTS: 'brief', FC_SEED: '1' },
    setupFiles: 'spec/support/brief.ts',
    isolate: false, // a run ends its thread, so that no mutant sees the state of the one before
    sequence: { sequencer: CheapestFirst },
    testTimeout: 20_000,
    retry: 1, // on a busy machine a spec over real sockets may fail by itself: that alone does not count as noticed
  },
});
