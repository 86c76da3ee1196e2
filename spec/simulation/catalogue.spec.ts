/** The fault catalogue, as far as it concerns peers and networks: each case with its own details for each seed. */
import { describe, it } from 'vitest';
import { abnormalEnds } from './cases/abnormal-ends.js';
import { backpressure } from './cases/backpressure.js';
import { integrity } from './cases/integrity.js';
import { lifecycle } from './cases/lifecycle.js';
import { limits } from './cases/limits.js';
import { networks } from './cases/networks.js';
import { proxyProtocol } from './cases/proxy-protocol.js';
import { playOut } from './play-out.js';
import { everySeed } from './seeds.js';

/** What a commit has time for, with so many cases. */
const seedsOfACommit = 6;

const groups = {
  integrity,
  backpressure,
  'abnormal ends': abnormalEnds,
  limits,
  networks,
  lifecycle,
  'PROXY protocol': proxyProtocol,
};

describe.each(Object.entries(groups))('in simulation: %s', (_, cases) => {
  it.each(Object.entries(cases))(
    '%s',
    (_, begin) => {
      everySeed(seedsOfACommit, (seed) => playOut(seed, begin));
    },
    14_400_000,
  );
});
