/** The package on every supported Node: imported, required, as a command. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { counted, seen } from './support/seen.js';
import { fine, run, tool } from './support/tool.js';
import { nodes } from './support/tools.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const node = (name: string) => tool(`node-${name}/bin/node`);

describe.each(Object.keys(nodes))('on Node %s', (name) => {
  it('the imported package serves and connects', async () => {
    expect(await run(node(name), ['import.mjs'])).toEqual(fine(seen));
  });

  it('the required package serves and connects', async () => {
    expect(await run(node(name), ['require.cjs'])).toEqual(fine(seen));
  });

  it('the metrics of the package count without prom-client', async () => {
    expect(await run(node(name), ['metrics.mjs'])).toEqual(fine(counted));
  });

  it('the command runs', async () => {
    const command = 'node_modules/rxjs-tcp/dist/app/main.js';
    expect(await run(node(name), [command, '--version'])).toEqual(fine(`${version}\n`));
  });
});

it('the traces of 1 000 simulations are the same on every Node', async () => {
  const ended = [];
  for (const name of Object.keys(nodes)) ended.push(await run(node(name), ['traces.mjs']));
  const [first] = ended;
  expect(first).toEqual(fine(expect.stringMatching(/^[0-9a-f]{64}\n$/)));
  expect(ended).toEqual(ended.map(() => first));
});

describe('on Node 26 without --allow-net', () => {
  it('a server and a client error with ERR_PERMISSION_DENIED', async () => {
    const args = ['--permission', '--allow-fs-read=*', 'denied.mjs'];
    const { status, stdout } = await run(node('26'), args);
    const advice = "Node's permission model denies the network; start Node with --allow-net";
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout:
        `ERR_PERMISSION_DENIED Could not listen on 127.0.0.1:0: ${advice}\n` +
        `ERR_PERMISSION_DENIED Could not connect to 127.0.0.1:7: ${advice}\n`,
    });
  });
});
