/** The Grafana dashboard shows every metric there is, and no other. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { observeMetrics, observeReplies } from '../../lib/metrics.js';
import { run } from '../support/command.js';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

const panels: readonly Panel[] = JSON.parse(readFileSync('deploy/grafana-dashboard.json', 'utf8')).panels;
const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** What the command serves. */
const registry = new Registry();
observeMetrics(registry);
observeReplies(registry);
collectDefaultMetrics({ register: registry });
const metrics = registry.getMetricsAsArray().map(({ name }) => name);

/** A histogram and a summary have more names than their own. */
const familyOf = (name: string) => name.replace(/_(?:bucket|sum|count)$/, '');
const used = expressions.flatMap((expr) => expr.match(/\b(?:rxjs_tcp|process|nodejs)_\w+/g) ?? []).map(familyOf);

describe('the dashboard', () => {
  it('asks for metrics that are served', () => {
    expect(used.length).toBeGreaterThan(20);
    expect(used.filter((name) => !metrics.includes(name))).toEqual([]);
  });

  it('shows every metric of a server', () => {
    const own = metrics.filter((name) => name.startsWith('rxjs_tcp_'));
    expect(own.length).toBe(16);
    expect(own.filter((name) => !used.includes(name))).toEqual([]);
  });

  it('has a unit and a description for each panel', () => {
    const shown = panels.filter(({ type }) => type !== 'row');
    const lacking = shown.filter(({ description, fieldConfig }) => !description || !fieldConfig?.defaults.unit);
    expect(lacking.map(({ title }) => title)).toEqual([]);
  });

  it('has panels side by side, each with an id of its own', () => {
    const ids = panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  const lacks = spawnSync('promtool', ['--version']).error !== undefined;
  it.skipIf(lacks)(
    `has queries that Prometheus understands${lacks ? ' (skipped: there is no promtool)' : ''}`,
    async () => {
      const file = join(tmpdir(), `rxjs-tcp-rules-${process.pid}.json`); // JSON is YAML
      onTestFinished(() => rmSync(file, { force: true }));
      const rules = expressions.map((expr, index) => ({
        record: `query_${index}`,
        expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
      }));
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
      const { status, stderr } = await run('promtool', ['check', 'rules', file]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    },
  );
});
