import { describe, expect, test } from '@jest/globals';
import { logOfEachTest, testAppend, testEvent } from '@keyfold/testing/event-log';
import { type PostgresEventStore, type ProcessClock, recordSignedTimeSql } from '../index.js';

const log = logOfEachTest();
const HOUR_MS = 3_600_000;
const FAR_AHEAD = '2999-01-02T03:04:05.678Z';

/** The process's clocks as the test moves them on; Postgres has the host's. */
class TestClock implements ProcessClock {
  passedMs = 0;
  wallErrorMs = 0;

  nowMs(): number {
    return performance.now() + this.passedMs;
  }

  wallMs(): number {
    return Date.now() + this.wallErrorMs;
  }
}

function replica(clock = new TestClock(), trustClockUntilMs?: number): { store: PostgresEventStore; clock: TestClock } {
  return { store: log.openStore([], { clock, trustClockUntilMs }), clock };
}

async function recordedAt(store: PostgresEventStore): Promise<number> {
  const outcome = await store.append(testAppend([testEvent('user/1')]));
  if (outcome.kind !== 'appended') throw new Error(outcome.kind);
  return Date.parse(outcome.records[0]?.record.recordedAt ?? '');
}

const logTime = async (store: PostgresEventStore): Promise<number> => Date.parse((await store.head()).logTime);

describe('a log whose last record is far ahead of every clock', () => {
  test('goes on from there at 99 % of what passes: records and heads never get the same time for long', async () => {
    const { clock, store } = replica();
    await recordedAt(store);
    await log.asOwner(`update keyfold.log_head set recorded_at = '${FAR_AHEAD}'`);
    const from = await recordedAt(store);
    expect(from).toBe(Date.parse(FAR_AHEAD));
    clock.passedMs += HOUR_MS;
    expect(await recordedAt(store)).toBeGreaterThanOrEqual(from + 0.99 * HOUR_MS);
    clock.passedMs += HOUR_MS;
    expect(await logTime(store)).toBeGreaterThanOrEqual(from + 1.98 * HOUR_MS);
    const { nowMs } = await store.readStreams([]);
    expect(nowMs).toBeGreaterThanOrEqual(from + 1.98 * HOUR_MS);
    expect(nowMs).toBeLessThan(from + 2 * HOUR_MS);
  });

  test('is gone on with by a replica that starts, from what has passed since the last append', async () => {
    await recordedAt(replica().store);
    await log.asOwner(
      `update keyfold.log_head set recorded_at = '${FAR_AHEAD}', postgres_time = clock_timestamp() - interval '1 hour'`,
    );
    const began = await logTime(replica().store);
    expect(began).toBeGreaterThanOrEqual(Date.parse(FAR_AHEAD) + 0.99 * HOUR_MS);
    expect(began).toBeLessThan(Date.parse(FAR_AHEAD) + HOUR_MS);
  });

  test('does not count from a reading that an older version has left behind', async () => {
    await recordedAt(replica().store);
    await log.asOwner(
      `update keyfold.log_head
       set size = size + 1, recorded_at = '${FAR_AHEAD}', postgres_time = clock_timestamp() - interval '1 hour'`,
    );
    expect(await logTime(replica().store)).toBe(Date.parse(FAR_AHEAD));
  });
});

describe('what a replica has signed', () => {
  const signed = async (): Promise<Date[]> =>
    (await log.asOwner('select signed_at from keyfold.signed_log_times order by signed_at')).rows.map(
      ({ signed_at }) => signed_at as Date,
    );
  /** As the statement of lease rows does it. */
  const sign = async (store: PostgresEventStore, timeMs: number): Promise<void> => {
    await log.pool.query(recordSignedTimeSql('$1', '$2'), [store.replica, timeMs * 1_000]);
    await store.signedTimeRecorded(timeMs * 1_000);
  };

  test('is where the next one begins, however it ended', async () => {
    await sign(replica().store, Date.parse(FAR_AHEAD));
    const next = replica().store;
    expect(await recordedAt(next)).toBeGreaterThanOrEqual(Date.parse(FAR_AHEAD));
    expect(await logTime(replica().store)).toBeGreaterThanOrEqual(Date.parse(FAR_AHEAD));
  });

  test('never goes back', async () => {
    const { store } = replica();
    await sign(store, Date.parse(FAR_AHEAD));
    await sign(store, Date.parse(FAR_AHEAD) - 5_000);
    expect(await signed()).toEqual([new Date(FAR_AHEAD)]);
  });

  test('takes one row however often replicas start, and the latest stays', async () => {
    for (let start = 0; start < 5; start += 1) {
      const { store } = replica();
      await sign(store, await logTime(store));
    }
    const [latest] = await signed();
    const begun = replica().store;
    const first = await logTime(begun);
    await sign(begun, first);
    expect(first).toBeGreaterThanOrEqual(latest?.getTime() ?? Number.NaN);
    expect(await signed()).toHaveLength(1);
  });
});

describe("while Postgres's clock differs from the process's", () => {
  test.each([
    ['ahead', -HOUR_MS],
    ['behind', HOUR_MS],
  ])('by an hour (%s), nothing is taken from it', async (_name, wallErrorMs) => {
    const { clock, store } = replica();
    const before = await recordedAt(store);
    clock.wallErrorMs = wallErrorMs;
    const recorded = await recordedAt(store);
    expect(store.logTime.suspicion).toBe('differs');
    expect(recorded - before).toBeLessThan(60_000);
    clock.passedMs += 10_000;
    expect((await logTime(store)) - before).toBeGreaterThanOrEqual(9_900);
    const { rows } = await log.asOwner('select postgres_time from keyfold.log_head');
    expect(rows).toEqual([{ postgres_time: null }]);
  });

  test('an empty log begins with the earlier of the two', async () => {
    const clock = new TestClock();
    clock.wallErrorMs = -HOUR_MS;
    const { store } = replica(clock);
    expect((await recordedAt(store)) - clock.wallMs()).toBeLessThan(60_000);
  });

  test('both are believed up to the instant that the operator names', async () => {
    const clock = new TestClock();
    clock.wallErrorMs = -HOUR_MS;
    const trusting = replica(clock, Date.now() + HOUR_MS).store;
    expect((await recordedAt(trusting)) - clock.wallMs()).toBeGreaterThanOrEqual(HOUR_MS - 60_000);
    expect(trusting.logTime.suspicion).toBeNull();
    const expired = replica(clock, Date.now() - HOUR_MS).store;
    await expired.readLogTime();
    expect(expired.logTime.suspicion).toBe('differs');
  });
});
