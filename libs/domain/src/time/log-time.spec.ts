import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type LogTimeEvidence, type LogTimeMark, nextLogTime } from './log-time.js';

const START_US = Date.UTC(2026, 0, 1) * 1_000;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

function evidence(change: Partial<LogTimeEvidence>): LogTimeEvidence {
  return {
    recordedAtUs: START_US,
    postgresAtHeadUs: START_US,
    signedBoundUs: null,
    postgresUs: START_US,
    wallUs: START_US,
    monotonicMs: 0,
    isSuspect: false,
    ...change,
  };
}

/** A replica whose clocks a test moves. */
function replica(change: Partial<LogTimeEvidence> = {}): {
  at: (monotonicMs: number, change?: Partial<LogTimeEvidence>) => number;
} {
  let mark: LogTimeMark | null = null;
  return {
    at: (monotonicMs, later = {}) => {
      mark = nextLogTime(mark, evidence({ ...change, monotonicMs, ...later }));
      return mark.monotonicMs === monotonicMs ? mark.timeUs : mark.timeUs + 990 * (monotonicMs - mark.monotonicMs);
    },
  };
}

describe('whatever Postgres says and however often it is asked, the log time of a replica', () => {
  const step = fc.record({
    passesMs: fc.integer({ min: 0, max: HOUR_MS }),
    postgresErrorMs: fc.integer({ min: -YEAR_MS, max: YEAR_MS }),
    isSuspect: fc.boolean(),
    appendsMs: fc.option(fc.integer({ min: -HOUR_MS, max: HOUR_MS })),
  });

  test('never goes back, not behind the last record either, and advances by at least 99 % of what passes', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 2 }), (steps) => {
        let [monotonicMs, recordedAtUs] = [0, START_US];
        let mark: LogTimeMark | null = null;
        let before = { timeUs: -Infinity, monotonicMs: 0 };
        for (const { appendsMs, isSuspect, passesMs, postgresErrorMs } of steps) {
          monotonicMs += passesMs;
          if (appendsMs !== null) recordedAtUs += Math.max(0, appendsMs * 1_000);
          const postgresUs = START_US + (monotonicMs + postgresErrorMs) * 1_000;
          mark = nextLogTime(mark, evidence({ monotonicMs, recordedAtUs, postgresUs, isSuspect }));
          const timeUs = mark.timeUs + 990 * (monotonicMs - mark.monotonicMs);
          expect(timeUs).toBeGreaterThanOrEqual(recordedAtUs);
          expect(timeUs).toBeGreaterThanOrEqual(before.timeUs + 990 * (monotonicMs - before.monotonicMs) - 1);
          before = { timeUs, monotonicMs };
        }
      }),
    );
  });

  test('is the same whether it was asked in between or not', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1_000, noNaN: true }), { maxLength: 200 }), (pauses) => {
        const [often, once] = [replica(), replica()];
        let monotonicMs = 0;
        for (const one of [often, once]) one.at(0);
        for (const pause of pauses) often.at((monotonicMs += pause));
        expect(often.at(monotonicMs)).toBe(once.at(monotonicMs));
      }),
    );
  });

  test('does not depend on a suspect clock', () => {
    fc.assert(
      fc.property(fc.integer({ min: -YEAR_MS, max: YEAR_MS }), fc.nat(YEAR_MS), (errorMs, passesMs) => {
        const log = replica();
        log.at(0);
        const postgresUs = START_US + (passesMs + errorMs) * 1_000;
        expect(log.at(passesMs, { postgresUs, isSuspect: true })).toBe(START_US + 990 * passesMs);
      }),
    );
  });
});

test('an error that was made once fades by 1 % of what passes, and is gone in the end', () => {
  fc.assert(
    fc.property(fc.nat(HOUR_MS), fc.nat(YEAR_MS), (errorMs, passesMs) => {
      const log = replica();
      log.at(0, { recordedAtUs: START_US + errorMs * 1_000 });
      const aheadUs = log.at(passesMs, { postgresUs: START_US + passesMs * 1_000 }) - (START_US + passesMs * 1_000);
      expect(aheadUs).toBeCloseTo(Math.max(0, errorMs * 1_000 - 10 * passesMs), -1);
    }),
  );
});

describe('a replica that has used no log time yet begins', () => {
  const later = (ms: number): number => START_US + ms * 1_000;

  test('with what its clock says, where that is ahead of the log', () => {
    expect(replica().at(0, { postgresUs: later(5_000) })).toBe(later(5_000));
  });

  test('where the log was ahead, with the last record and 99 % of what has passed since', () => {
    const ahead = { recordedAtUs: later(HOUR_MS), postgresUs: later(10_000) };
    expect(replica().at(0, ahead)).toBe(later(HOUR_MS + 9_900));
    expect(replica().at(0, { ...ahead, postgresUs: later(-10_000) })).toBe(later(HOUR_MS));
    expect(replica().at(0, { ...ahead, postgresAtHeadUs: null })).toBe(later(HOUR_MS));
  });

  test('never before what an earlier start may have signed', () => {
    expect(replica({ signedBoundUs: later(7_000) }).at(0, { postgresUs: later(5_000) })).toBe(later(7_000));
  });

  test.each([
    ['Postgres is a year ahead', later(YEAR_MS), later(10_000)],
    ['the service is a year ahead', later(10_000), later(YEAR_MS)],
  ])('where %s, with what both clocks agree to', (_name, postgresUs, wallUs) => {
    expect(replica().at(0, { postgresUs, wallUs, isSuspect: true })).toBe(later(9_900));
    expect(replica({ recordedAtUs: null }).at(0, { postgresUs, wallUs, isSuspect: true })).toBe(later(10_000));
  });

  test('where Postgres has gone back, with the last record', () => {
    expect(replica().at(0, { postgresUs: later(-YEAR_MS), isSuspect: true })).toBe(START_US);
  });
});
