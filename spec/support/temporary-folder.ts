/** A folder for the length of a test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Its path is short: that of a socket has room for 107 bytes. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tcp-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
