import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SETTINGS_STREAM } from '@keyfold/domain';
import type { PostgresEventStore } from '@keyfold/event-store';
import { openTestLog, testAppend, type TestLog } from '@keyfold/testing/event-log';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { LeaseSetting } from './lease-setting.js';

let postgres: TestPostgres;
let logs: TestLog[];
beforeAll(async () => {
  postgres = await startTestPostgres();
  logs = [await openTestLog(postgres), await openTestLog(postgres)];
});
afterAll(async () => {
  for (const log of logs) await log.close();
  await postgres.stop();
});

async function changeLease(store: PostgresEventStore, from: number, to: number): Promise<void> {
  const data = { before: { gatewayLeaseSeconds: from }, after: { gatewayLeaseSeconds: to } };
  const event = { stream: SETTINGS_STREAM, type: 'SecuritySettingsChanged', schemaVersion: 1, data, sealed: {} };
  expect((await store.append(testAppend([event]))).kind).toBe('appended');
}

test('the lease is that of the log at this moment, also of one that has lost its tail; what was read before is not read again', async () => {
  const [first, second] = logs.map(({ store }) => store);
  if (first === undefined || second === undefined) throw new Error('two logs were opened');
  let current = first;
  const read: number[] = [];
  const lease = new LeaseSetting({
    readStreams: async (tails) => {
      const found = await current.readStreams(tails);
      read.push(found.records.length);
      return found;
    },
  });
  expect(await lease.seconds()).toBe(60);
  await changeLease(first, 60, 10);
  await changeLease(first, 10, 20);
  expect(await lease.seconds()).toBe(20);
  expect(await lease.seconds()).toBe(20);
  await changeLease(first, 20, 30);
  expect(await lease.seconds()).toBe(30);
  expect(await Promise.all([lease.seconds(), lease.seconds()])).toEqual([30, 30]);
  expect(read).toEqual([0, 2, 1, 2, 1, 1]);
  // A standby that lacks the tail takes over: shorter, and then as long but with other records.
  current = second;
  expect(await lease.seconds()).toBe(60);
  await changeLease(second, 60, 11);
  expect(await lease.seconds()).toBe(11);
  current = first;
  expect(await lease.seconds()).toBe(30);
  for (const [from, to] of [
    [11, 12],
    [12, 13],
  ] as const)
    await changeLease(second, from, to);
  current = second;
  expect(await lease.seconds()).toBe(13);
});
