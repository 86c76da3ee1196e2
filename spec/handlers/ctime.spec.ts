/** `ctime` against `time.ctime` of CPython: recorded vectors, and a python3 where there is one. */
import { isMainThread } from 'node:worker_threads';
import dayjs from 'dayjs';
import 'dayjs/locale/de.js';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ctime } from '../../lib/index.js';
import { askPython, pythonLacks } from '../support/cpython.js';
import vectors from './ctime-vectors.json' with { type: 'json' };

const ownZone = process.env.TZ;

afterEach(() => {
  dayjs.locale('en');
  if (ownZone === undefined) delete process.env.TZ;
  else process.env.TZ = ownZone;
});

const golden: [zone: string, stamps: Record<string, string>][] = Object.entries(vectors);

describe('ctime in the zone of the process', () => {
  it('prints what Date prints, in the order of C', () => {
    const seconds = fc.integer({ min: 0, max: Date.UTC(2100) / 1_000 });
    const property = fc.property(seconds, fc.nat(999), (second, ms) => {
      const time = second * 1_000 + ms;
      const [weekday, month, day = '', year, clock] = String(new Date(time)).split(' ');
      expect(ctime(time)).toBe(`${weekday} ${month} ${day.replace(/^0/, ' ')} ${clock} ${year}`);
    });
    fc.assert(property);
  });

  it('stays English when the global locale of dayjs is not', () => {
    const english = ctime(0);
    dayjs.locale('de');
    expect(dayjs(0).format('dddd')).toMatch(/^(Donnerstag|Mittwoch)$/);
    expect(ctime(0)).toBe(english);
  });
});

// In a worker thread `process.env` is a copy, and Node's clock does not follow it: this needs the pool "forks" of vitest.
describe.skipIf(!isMainThread)('ctime', () => {
  it.each(golden)('prints the recorded stamps of CPython in %s', (zone, stamps) => {
    enter(zone);
    expect(stampsOf(Object.keys(stamps))).toEqual(stamps);
  });

  it('the recorded stamps have every day of a leap year', () => {
    const days = new Set(Object.values(vectors.UTC).map((stamp) => stamp.slice(4, 10)));
    expect([days.size, days.has('Feb 29'), days.has('Jan  9')]).toEqual([366, true, true]);
  });

  it('the hour before clocks go back is printed twice', () => {
    enter('Europe/Berlin');
    const changeMs = Date.UTC(2026, 9, 25, 1);
    expect([changeMs - 1, changeMs].map(ctime)).toEqual(['Sun Oct 25 02:59:59 2026', 'Sun Oct 25 02:00:00 2026']);
  });

  it('the hour that clocks skip is left out', () => {
    enter('America/New_York');
    const changeMs = Date.UTC(2026, 2, 8, 7);
    expect([changeMs - 1, changeMs].map(ctime)).toEqual(['Sun Mar  8 01:59:59 2026', 'Sun Mar  8 03:00:00 2026']);
  });

  it('a zone with an offset of 12:45 has the minutes in its stamp', () => {
    enter('Pacific/Chatham');
    expect(ctime(0)).toBe('Thu Jan  1 12:45:00 1970');
  });

  it('milliseconds are truncated, not rounded', () => {
    enter('UTC');
    expect(ctime(Date.UTC(2026, 10, 23, 6, 4, 0, 999))).toBe('Mon Nov 23 06:04:00 2026');
  });

  it('a millisecond before 1970 is in the last second of 1969', () => {
    enter('UTC');
    expect(ctime(-1)).toBe('Wed Dec 31 23:59:59 1969');
  });

  const lacking = pythonLacks('zones');
  const skipped = lacking === undefined ? '' : ` (skipped: ${lacking})`;
  it.skipIf(lacking !== undefined)(`any second from 1970 to 2100 is printed as python3 prints it${skipped}`, () => {
    const ctimes = Object.fromEntries(golden.map(([zone]) => [zone, randomSeconds()]));
    for (const [zone, stamps] of Object.entries(askPython({ ctimes }).ctimes)) {
      enter(zone);
      expect(stampsOf(Object.keys(stamps)), `in ${zone}, with the seed ${seed}`).toEqual(stamps);
    }
  });
});

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);

function randomSeconds(): number[] {
  return fc.sample(fc.integer({ min: 0, max: Date.UTC(2100) / 1_000 }), { numRuns: 500, seed });
}

function stampsOf(seconds: string[]): Record<string, string> {
  return Object.fromEntries(seconds.map((each) => [each, ctime(Number(each) * 1_000)]));
}

function enter(zone: string): void {
  process.env.TZ = zone;
}
