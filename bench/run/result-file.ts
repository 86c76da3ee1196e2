/** A result as a file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Result, resultVersion } from './result.js';

export function readResult(file: string): Result {
  const result = JSON.parse(readFileSync(file, 'utf8')) as Partial<Result>;
  if (result.version !== resultVersion) {
    throw new Error(`${file}: expected a result of version ${resultVersion}, got ${result.version}`);
  }
  return result as Result;
}

export function writeResult(result: Result, file: string): void {
  writeFileSync(file, `${JSON.stringify(result, undefined, 1)}\n`);
}
