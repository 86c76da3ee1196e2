/** docs/from-socketserver.md has every public name of Python's socketserver, and no other. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Its classes, what these have, and what their methods set on self. */
const question = `
import inspect, json, re, socketserver
names = set(socketserver.__all__)
for name in socketserver.__all__:
    members = getattr(socketserver, name)
    names.update(vars(members), re.findall(r"\\bself\\.(\\w+)", inspect.getsource(members)))
print(json.dumps(sorted(name for name in names if not name.startswith("_"))))
`;

describe('docs/from-socketserver.md', () => {
  const { status, stdout } = spawnSync('python3', ['-c', question], { encoding: 'utf8' });
  const why = status === 0 ? '' : ' (skipped: no python3 here)';

  it.skipIf(status !== 0)(`has each public name of Python's socketserver once, and no other${why}`, () => {
    const known: string[] = JSON.parse(stdout);
    const page = readFileSync('docs/from-socketserver.md', 'utf8');
    const cells = [...page.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = '']) => cell.split(', '));
    const names = cells.flatMap((cell) => {
      const [, name = '', since] = /^`(\w+)`( \(Python 3\.\d+\))?$/.exec(cell) ?? [];
      return since === undefined || known.includes(name) ? [name] : []; // this Python may be older
    });
    expect(names.toSorted()).toEqual(known);
  });
});
