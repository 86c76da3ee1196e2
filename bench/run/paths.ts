/** Where files are. This code runs compiled, in a folder that git ignores. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `bench/.cache`, for all that is compiled. */
export const cacheFolder = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const benchFolder = dirname(cacheFolder);
export const projectFolder = dirname(benchFolder);
/** Ignored by git, too. */
export const reportFolder = `${benchFolder}/results`;
export const docsFolder = `${projectFolder}/docs`;

export function fillPaths(words: readonly string[]): string[] {
  return words.map((word) => word.replace('{cache}', cacheFolder).replace('{bench}', benchFolder));
}
