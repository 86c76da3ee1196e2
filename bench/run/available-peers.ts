/** Which peers can take part here, compiled where they are to be; the others, and why not. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Peer } from '../peers.js';
import { checkPeer } from './check-peer.js';
import { cacheFolder, fillPaths } from './paths.js';
import type { Skipped } from './result.js';

const buildWithinMs = 120_000;

export async function availablePeers(
  wanted: readonly Peer[],
): Promise<{ available: Peer[]; skipped: Skipped[]; wrong: Skipped[] }> {
  mkdirSync(cacheFolder, { recursive: true });
  const available: Peer[] = [];
  const skipped: Skipped[] = [];
  const wrong: Skipped[] = [];
  for (const peer of wanted) {
    const missing = (peer.needs ?? []).find((command) => run(command) !== undefined);
    const failure = missing === undefined && peer.build !== undefined ? run(peer.build) : undefined;
    if (missing !== undefined) skipped.push(skip(peer, 'not installed'));
    else if (failure !== undefined) skipped.push(skip(peer, `did not compile: ${failure}`));
    else {
      const fault = await checkPeer(peer);
      if (fault === undefined) available.push(peer);
      else wrong.push(skip(peer, fault));
    }
  }
  return { available, skipped, wrong };
}

function skip({ name, debianPackage }: Peer, reason: string): Skipped {
  return { peer: name, reason, ...(debianPackage !== undefined && { debianPackage }) };
}

/** What went wrong, if anything did. */
function run(command: readonly string[]): string | undefined {
  const [file = '', ...args] = fillPaths(command);
  const { status, stderr, error } = spawnSync(file, args, { encoding: 'utf8', timeout: buildWithinMs });
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim().split('\n').at(-1) || `exit ${status}`);
}
