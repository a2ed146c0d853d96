import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ClockReading, type ClockState, initialClockState, observeClocks } from './clock-suspicion.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const EPOCH_MS = Date.UTC(2026, 0, 1);

/** Two clocks that a test sets wrong by so much. Reading them takes no time unless said otherwise. */
class Clocks {
  state: ClockState = initialClockState;
  postgresErrorMs = 0;
  wallErrorMs = 0;
  nowMs = 1_000_000;

  read(answerAfterMs = 0): this {
    const from = this.nowMs;
    const to = (this.nowMs += answerAfterMs);
    const wallMs = { from: EPOCH_MS + from + this.wallErrorMs, to: EPOCH_MS + to + this.wallErrorMs };
    const reading: ClockReading = {
      postgresMs: EPOCH_MS + to + this.postgresErrorMs,
      wallMs,
      monotonicMs: { from, to },
    };
    this.state = observeClocks(this.state, reading);
    return this;
  }

  /** Reads every ten seconds for this long. */
  pass(ms: number): this {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.read()) this.nowMs += 10_000;
    return this;
  }

  get suspicion(): string | null {
    return this.state.suspect?.reason ?? null;
  }
}

test('clocks that agree are believed from the first reading on', () => {
  expect(new Clocks().read().pass(HOUR_MS).suspicion).toBeNull();
});

describe("Postgres's clock is suspect", () => {
  test.each([301_000, -301_000])('at the very reading that shows it %d ms from the wall clock', (errorMs) => {
    const clocks = new Clocks().pass(MINUTE_MS);
    clocks.postgresErrorMs = errorMs;
    expect(clocks.read().suspicion).toBe('differs');
  });

  test('from the first reading of a start, which has nothing to compare with but the wall clock', () => {
    const clocks = new Clocks();
    clocks.wallErrorMs = -HOUR_MS;
    expect(clocks.read().suspicion).toBe('differs');
  });

  test.each([HOUR_MS, -HOUR_MS])('where both clocks of a host jump by %d ms together', (jumpMs) => {
    const clocks = new Clocks().pass(MINUTE_MS);
    clocks.postgresErrorMs = clocks.wallErrorMs = jumpMs;
    expect(clocks.read().suspicion).toBe('moved');
  });

  test('where they creep by 6 minutes within 10', () => {
    const clocks = new Clocks().read();
    for (let minute = 1; minute <= 10; minute++) {
      clocks.postgresErrorMs = clocks.wallErrorMs = minute * 36_000;
      clocks.pass(MINUTE_MS);
    }
    expect(clocks.suspicion).toBe('moved');
  });

  test('not where they are off by less, or creep by less', () => {
    const clocks = new Clocks();
    clocks.postgresErrorMs = 299_000;
    expect(clocks.read().pass(HOUR_MS).suspicion).toBeNull();
    for (let minute = 0; minute < 60; minute++) {
      clocks.wallErrorMs = clocks.postgresErrorMs = 299_000 + minute * 20_000;
      clocks.pass(MINUTE_MS);
    }
    expect(clocks.suspicion).toBeNull();
  });

  test('not because an answer was slow, or this process was stopped for an hour', () => {
    const clocks = new Clocks().pass(MINUTE_MS).read(HOUR_MS);
    expect(clocks.suspicion).toBeNull();
    expect(clocks.pass(MINUTE_MS).suspicion).toBeNull();
  });
});

describe('the suspicion', () => {
  test.each([HOUR_MS, -24 * HOUR_MS])(
    'ends once both have agreed for 10 minutes after an error of %d ms',
    (errorMs) => {
      const clocks = new Clocks().pass(MINUTE_MS);
      clocks.postgresErrorMs = errorMs;
      expect(clocks.pass(HOUR_MS).suspicion).toBe('differs');
      clocks.postgresErrorMs = 0;
      expect(clocks.read().pass(10 * MINUTE_MS - 10_000).suspicion).not.toBeNull();
      expect(clocks.pass(10_000).suspicion).toBeNull();
    },
  );

  test('ends 10 minutes after both clocks of a host jumped, since then nothing disagrees any more', () => {
    const clocks = new Clocks().pass(MINUTE_MS);
    clocks.postgresErrorMs = clocks.wallErrorMs = HOUR_MS;
    expect(clocks.read().pass(10 * MINUTE_MS - 10_000).suspicion).toBe('moved');
    expect(clocks.pass(10_000).suspicion).toBeNull();
  });

  test('does not end by silence: agreement counts from the first reading that shows it', () => {
    const clocks = new Clocks();
    clocks.wallErrorMs = HOUR_MS;
    clocks.read();
    clocks.wallErrorMs = 0;
    clocks.nowMs += HOUR_MS;
    expect(clocks.read().suspicion).toBe('differs');
    expect(clocks.pass(10 * MINUTE_MS).suspicion).toBeNull();
  });

  test('begins anew with each difference', () => {
    const clocks = new Clocks().read();
    for (let times = 0; times < 5; times++) {
      clocks.postgresErrorMs = HOUR_MS;
      clocks.read();
      clocks.postgresErrorMs = 0;
      expect(clocks.pass(9 * MINUTE_MS).suspicion).not.toBeNull();
    }
  });
});

test('what is remembered does not grow', () => {
  const step = fc.record({ passesMs: fc.nat(3 * MINUTE_MS), errorMs: fc.integer({ min: -HOUR_MS, max: HOUR_MS }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const clocks = new Clocks();
      for (const { errorMs, passesMs } of steps) {
        clocks.nowMs += passesMs;
        clocks.postgresErrorMs = errorMs;
        clocks.read();
        expect(clocks.state.offsets.length).toBeLessThanOrEqual(11);
      }
    }),
  );
});
