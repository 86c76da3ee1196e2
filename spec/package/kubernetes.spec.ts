/** deploy/kubernetes.yaml, without a cluster: its schema, and what in it has to agree with the command and the image. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { fine, run, tool } from './support/tool.js';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

interface Document {
  readonly errors: readonly Error[];
  readonly warnings: readonly Error[];
  toJS(): Manifest;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
}

interface Pod {
  readonly metadata: { readonly labels: object };
  readonly spec: { readonly terminationGracePeriodSeconds: number; readonly containers: readonly [Container] };
}

const load = (path: string) => import(pathToFileURL(tool(path)).href);
const { parseAllDocuments } = await load('yaml/dist/index.js');
const documents: readonly Document[] = parseAllDocuments(readFileSync('deploy/kubernetes.yaml', 'utf8'));
const manifests = documents.map((document) => document.toJS());
const [deployment, service, budget] = manifests.map(({ spec }) => spec) as [
  { readonly template: Pod },
  { readonly selector: object; readonly ports: readonly [{ readonly targetPort: string }] },
  { readonly selector: { readonly matchLabels: object } },
];
const { metadata, spec } = deployment.template;
const [container] = spec.containers;

describe('deploy/kubernetes.yaml', () => {
  it('is YAML without errors', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
  });

  it.each(manifests)('has values for its $kind that the schema allows', async ({ apiVersion, kind, ...rest }) => {
    const { [kind]: Model } = await load(`kubernetes-models/${apiVersion}/${kind}.js`);
    expect(() => new Model({ apiVersion, kind, ...rest }).validate()).not.toThrow();
  });

  it('has no field that Kubernetes does not know', async () => {
    // The compiler refuses unknown fields of literals, the schema does not.
    const literals = manifests.map(
      (manifest, index) => `
import type { I${manifest.kind} } from 'kubernetes-models/${manifest.apiVersion}/${manifest.kind}';
export const manifest${index}: I${manifest.kind} = ${JSON.stringify(manifest)};`,
    );
    const folder = join(inject('tools'), '..');
    writeFileSync(join(folder, 'manifests.mts'), literals.join('\n'));
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', 'manifests.mts'];
    expect(await run(process.execPath, [tool('typescript-5.9/bin/tsc'), ...flags], folder)).toEqual(fine(''));
  });

  it('runs the command as the image does, with its own time limit of a shutdown', () => {
    const [serve = ''] = /(?<=^CMD ).+$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    expect(container.args.slice(0, -2)).toEqual(JSON.parse(serve));
    expect(container.args.slice(-2)).toEqual(['--grace', expect.stringMatching(/^\d+s$/)]);
  });

  it('gives a shutdown the time that it takes: preStop, then --grace, and a second', () => {
    const seconds = container.lifecycle.preStop.sleep.seconds + Number.parseInt(container.args.at(-1) ?? '', 10);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(seconds + 1);
  });

  it('leads from the Service to the pods, and from its port and the probes to ports that they have', () => {
    expect([service.selector, budget.selector.matchLabels]).toEqual([metadata.labels, metadata.labels]);
    const { livenessProbe, readinessProbe } = container;
    const ports = container.ports.map(({ name }) => name);
    expect(ports).toEqual([service.ports[0].targetPort, readinessProbe.httpGet.port]);
    expect(livenessProbe.httpGet.port).toBe(readinessProbe.httpGet.port);
  });
});
