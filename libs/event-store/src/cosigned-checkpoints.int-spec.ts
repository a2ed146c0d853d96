import { describe, expect, test } from '@jest/globals';
import { logOfEachTest } from '@keyfold/testing/event-log';
import { cosignedCheckpoints, keepCosignedCheckpoint, pruneCosignedCheckpoints } from './index.js';

const log = logOfEachTest();
const NOW = Math.floor(Date.parse('2026-03-01T12:00:00Z') / 1000);

const keep = (atSeconds: number, size: number, leastAge = 0, origin = 'o'): Promise<boolean> =>
  keepCosignedCheckpoint(log.pool, { origin, atSeconds, size, note: `note ${atSeconds}` }, leastAge);

async function kept(origin = 'o'): Promise<[number, number][]> {
  const all = await cosignedCheckpoints(log.pool, { origin, after: 0, before: 2 ** 40, limit: 1_000 });
  return all.map(({ atSeconds, size }) => [atSeconds - NOW, size]);
}

describe('cosigned checkpoints', () => {
  test('are kept in the order of their times, of each size the first and the last', async () => {
    const sizes = [1, 1, 1, 1, 2, 3, 3, 3, 4];
    for (const [nth, size] of sizes.entries()) expect(await keep(NOW + nth * 60, size)).toBe(true);
    expect(await kept()).toEqual([
      [0, 1],
      [180, 1],
      [240, 2],
      [300, 3],
      [420, 3],
      [480, 4],
    ]);
    const page = await cosignedCheckpoints(log.pool, { origin: 'o', after: NOW, before: NOW + 300, limit: 1 });
    expect(page).toEqual([{ atSeconds: NOW + 180, size: 1, note: `note ${NOW + 180}` }]);
  });

  test('of several replicas are no more than one in an interval, and never go back', async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, nth) => keep(NOW + nth, 5, 30)));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await kept()).toHaveLength(1);
    const at = (await kept())[0]?.[0] ?? 0;
    expect(await keep(NOW + at + 29, 6, 30)).toBe(false);
    expect(await keep(NOW + at + 30, 6, 30)).toBe(true);
    expect(await keep(NOW + at + 90, 5, 30)).toBe(false);
    expect(await keep(NOW + at, 7)).toBe(false);
  });

  test('go by age, but for the newest of an origin', async () => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    for (const [nth, days] of [500, 450, 399, 0].entries()) await keep(nowSeconds - days * 86_400, nth);
    await keep(nowSeconds - 600 * 86_400, 1, 0, 'other');
    const client = await log.pool.connect();
    try {
      expect(await pruneCosignedCheckpoints(client, 400)).toBe(2);
    } finally {
      client.release();
    }
    expect((await kept()).map(([, size]) => size)).toEqual([2, 3]);
    expect(await kept('other')).toHaveLength(1);
  });

  test.each(['update keyfold.cosigned_checkpoints set size = 9', 'delete from keyfold.cosigned_checkpoints'])(
    'are neither changed nor deleted in another way: %s',
    async (sql) => {
      await keep(NOW, 1);
      await expect(log.pool.query(sql)).rejects.toMatchObject({ code: '42501' });
      await expect(log.asOwner(sql)).rejects.toMatchObject({ code: '23000' });
      expect(await kept()).toHaveLength(1);
    },
  );
});
