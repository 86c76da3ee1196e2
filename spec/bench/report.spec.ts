/** The report in a real browser: it is complete, all text can be read, and it loads no other file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baselineName } from '../../bench/peers.js';
import { widthPx } from '../../bench/pictures/frame.js';
import { pictures } from '../../bench/pictures/pictures.js';
import { writeReport } from '../../bench/report/write-report.js';
import { chromium, openPage, type Page } from './support/chromium.js';
import { resultOf, wholeResult } from './support/results.js';

interface Look {
  readonly pictures: readonly { readonly title: string; readonly width: number; readonly height: number }[];
  readonly overflowPx: number;
  readonly texts: number;
  readonly faint: readonly string[];
  readonly clipped: readonly string[];
  readonly overlapping: readonly string[];
}

const look = readFileSync(new URL('support/look.js', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'report-'));
const names = pictures.map(({ name }) => name);
/** A browser on a busy machine starts and ends slowly. */
const startMs = 60_000;
const skipped = chromium === undefined ? ' (skipped: there is no chromium, chromium-browser or google-chrome)' : '';

writeReport(wholeResult(), folder);
afterAll(() => rmSync(folder, { recursive: true }));

describe('a report', () => {
  it('is a page, a file for each picture, a table and the JSON', () => {
    const files = ['index.html', 'result.json', 'table.md', ...names.map((name) => `${name}.svg`)];
    expect(readdirSync(folder).sort()).toEqual(files.sort());
  });

  it('without the baseline has every picture but that of ratios', () => {
    const { runs, scenarios } = wholeResult();
    const alone = resultOf(
      runs.filter(({ peer }) => peer !== baselineName),
      scenarios,
    );
    expect(pictures.filter(({ draw }) => draw(alone) === undefined).map(({ name }) => name)).toEqual(['cpu']);
  });
});

describe.skipIf(chromium === undefined)(`a report in Chromium${skipped}`, () => {
  let page: Page;
  beforeAll(async () => {
    page = await openPage();
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await page.send(`${domain}.enable`);
  }, startMs);
  afterAll(() => page.close(), startMs);

  async function seen(file: string, width: number, scheme: string): Promise<Look> {
    await page.send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
    await page.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    const loaded = page.next('Page.loadEventFired');
    await page.send('Page.navigate', { url: pathToFileURL(join(folder, file)).href });
    await loaded;
    return page.evaluate<Look>(look);
  }

  for (const scheme of ['light', 'dark']) {
    for (const width of [400, 1_280]) {
      it(`shows every picture at its full size, and all text can be read, ${scheme}, ${width} px wide`, async () => {
        const { pictures, overflowPx, texts, ...faults } = await seen('index.html', width, scheme);
        expect(pictures).toHaveLength(names.length);
        for (const picture of pictures) expect(picture).toMatchObject({ width: widthPx, height: expect.any(Number) });
        expect(overflowPx).toBeLessThanOrEqual(0);
        expect(texts).toBeGreaterThan(300);
        expect(faults).toEqual({ faint: [], clipped: [], overlapping: [] });
      });
    }

    it(`has pictures that can be read as files, ${scheme}`, async () => {
      for (const name of names) {
        const { pictures, texts, ...faults } = await seen(`${name}.svg`, 800, scheme);
        expect(pictures).toHaveLength(1);
        expect(texts).toBeGreaterThan(5);
        expect(faults).toMatchObject({ faint: [], clipped: [], overlapping: [] });
      }
    });
  }

  it('loads nothing else and logs nothing', async () => {
    const asked = page.events('Network.requestWillBeSent').map(({ request }) => (request as { url: string }).url);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((url) => !url.startsWith(pathToFileURL(folder).href))).toEqual([]);
    const complaints = ['Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded'].flatMap(page.events);
    expect(complaints).toEqual([]);
  });
});
