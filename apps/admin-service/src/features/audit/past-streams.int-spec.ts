import { expect, test } from '@jest/globals';
import { encodeLeaf, LogFold, type LogRecord, type NewEvent } from '@keyfold/domain';
import { logOfEachTest, testAppend } from '@keyfold/testing/event-log';
import { PastStreams } from './past-streams.js';

const log = logOfEachTest();

const ROLE: NewEvent = {
  stream: 'role/r1',
  type: 'RoleCreated',
  schemaVersion: 1,
  data: { name: 'R', description: null, permissions: [], system: false },
  sealed: {},
};
const STREAMS = ['settings/security', 'role/r1', 'role/none'];

function days(value: number): NewEvent {
  const data = { before: { maxApiKeyLifetimeDays: 90 }, after: { maxApiKeyLifetimeDays: value } };
  return { stream: 'settings/security', type: 'SecuritySettingsChanged', schemaVersion: 1, data, sealed: {} };
}

function factsOf(records: readonly LogRecord[]): LogFold['facts'] {
  const fold = new LogFold();
  for (const record of records) fold.add(record);
  return fold.facts;
}

test('what settings and roles say at a position is read in few records, whatever was asked before', async () => {
  const changes = Array.from({ length: 2_600 }, (_, nth) => days(1 + (nth % 90)));
  await log.store.append(testAppend([...changes.slice(0, 7), ROLE, ...changes.slice(7)]));
  const streams = new PastStreams(log.store);
  const fresh = (position: number): Promise<LogRecord[]> => new PastStreams(log.store).whole(STREAMS, position);
  for (const position of [1, 251, 2_601, 250, 252, 1_000, 1_001, 1_002, 1_300, 2_500, 2_501, 7, 8, 2_601]) {
    const few = await streams.deciding(STREAMS, position);
    expect(factsOf(few)).toEqual(factsOf(await fresh(position)));
    expect([position, few.length <= 252]).toEqual([position, true]);
  }
  // What a basis stands for is not read again.
  await log.asOwner('alter table keyfold.events disable trigger events_append_only');
  await log.asOwner(`update keyfold.events set leaf = '\\x00' where position in (3, 500, 2400)`);
  expect(factsOf(await streams.deciding(STREAMS, 1_300)).settings.settings.maxApiKeyLifetimeDays).toBe(
    1 + (1_298 % 90),
  );
  expect(factsOf(await streams.deciding(STREAMS, 2_601)).settings.settings.maxApiKeyLifetimeDays).toBe(
    1 + (2_599 % 90),
  );
  await expect(fresh(2_601)).rejects.toThrow('not JSON');
});

test('what was remembered is dropped when the log has another record in its place', async () => {
  await log.store.append(testAppend(Array.from({ length: 300 }, () => days(30))));
  const streams = new PastStreams(log.store);
  const before = await streams.deciding(STREAMS, 300);
  expect(factsOf(before).settings.settings.maxApiKeyLifetimeDays).toBe(30);
  const { record } = (await log.store.readAt(250)) ?? {};
  if (record === undefined) throw new Error('the log has no record 250');
  // As after a failover that lost the tail, and other writes since.
  const other = encodeLeaf({ ...record, correlationId: 'other', data: days(40).data });
  await log.asOwner('alter table keyfold.events disable trigger events_append_only');
  await log.asOwner('update keyfold.events set leaf = $1 where position = 250', [other]);
  const after = await streams.deciding(STREAMS, 250);
  expect(factsOf(after).settings.settings.maxApiKeyLifetimeDays).toBe(40);
});
