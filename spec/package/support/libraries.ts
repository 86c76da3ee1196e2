/** The shared libraries of a program, in a root file system. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** To where the dynamic loader looks for them. A static program has none. */
export function copyLibraries(program: string, image: string): void {
  const listed = execFileSync('sh', ['-c', 'ldd "$1" || true', 'sh', program], { encoding: 'utf8', stdio: 'pipe' });
  for (const [, library = ''] of listed.matchAll(/(\/\S+) \(0x/g)) {
    mkdirSync(join(image, dirname(library)), { recursive: true });
    cpSync(library, join(image, library), { dereference: true });
  }
}
