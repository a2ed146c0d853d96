import 'reflect-metadata';
import { afterEach, describe, expect, test } from '@jest/globals';
import { parseSignerKey } from '@keyfold/domain';
import { LeaseWorld } from '@keyfold/testing/lease-world';
import { readLeaseRows } from '../../tables/lease-rows.js';

const world = LeaseWorld.ofThisFile();

describe('leases that no row tells of', () => {
  test('are waited for on a new timeline, as long as the longest may last, by this replica’s own clock', async () => {
    const { generations, pass } = world.replica();
    const { generation, isComplete } = await generations.current();
    expect(isComplete).toBe(true);
    await world.sql.query(`update keyfold.lease_generations set timeline = '77'`);
    expect(await generations.current()).toEqual({ generation: generation + 1, isComplete: false });
    pass(60);
    expect(await generations.current()).toEqual({ generation: generation + 1, isComplete: false });
    pass(0.9);
    expect(await generations.current()).toEqual({ generation: generation + 1, isComplete: true });
    // Others need not wait again.
    expect(await world.replica().generations.current()).toEqual({
      generation: generation + 1,
      isComplete: true,
    });
  });

  describe('after a fork, which a new origin shows,', () => {
    interface SeenGeneration {
      readonly generation: number;
      readonly reason: string;
      readonly origin: string;
      readonly unknown_seconds: number;
    }
    const newest = async (): Promise<SeenGeneration | undefined> => {
      const { rows } = await world.sql.query<SeenGeneration>(
        'select * from keyfold.lease_generations order by generation desc limit 1',
      );
      return rows[0];
    };
    // The replica of the service is the one that goes on.
    afterEach(async () => {
      const { name } = parseSignerKey(world.service.logSigningKey);
      await world.sql.query('update keyfold.lease_generations set is_over = true, origin = $1', [name]);
      await world.sql.query(`update keyfold.lease_generations set reason = 'timeline' where reason = 'fork'`);
    });

    test('are waited for as long as any lease can be, since what was lost may have prolonged it', async () => {
      const before = await newest();
      const { generations, pass } = world.replica({ origin: 'keyfold.local/after-the-fork' });
      expect(await generations.current()).toMatchObject({ isComplete: false });
      const begun = { reason: 'fork', origin: 'keyfold.local/after-the-fork', unknown_seconds: 3_600 };
      expect(await newest()).toMatchObject({ ...begun, generation: (before?.generation ?? 0) + 1 });
      pass(3_636);
      expect(await generations.current()).toMatchObject({ isComplete: false });
      pass(0.25);
      expect(await generations.current()).toMatchObject({ isComplete: true });
    });

    test('are not over for a replica of the origin before, and it does not begin anything against the new one', async () => {
      const old = world.replica();
      expect(await old.generations.current()).toMatchObject({ isComplete: true });
      await world.replica({ origin: 'keyfold.local/after-the-fork' }).generations.current();
      const begun = await newest();
      expect(await old.generations.current()).toMatchObject({ isComplete: false });
      old.pass(7_200);
      expect(await old.generations.current()).toMatchObject({ isComplete: false });
      expect(await newest()).toEqual(begun);
    });

    test('nor does one that was starting while the fork was acknowledged', async () => {
      const [before, after] = ['keyfold.local/before', 'keyfold.local/before/fork-0123456789ab'];
      await world.sql.query('insert into keyfold.log_origins values (1, $1, $2)', [before, after]);
      await world.replica({ origin: after }).generations.current();
      const begun = await newest();
      expect(begun).toMatchObject({ reason: 'fork', origin: after });
      expect(await world.replica({ origin: before }).generations.current()).toMatchObject({ isComplete: false });
      expect(await newest()).toEqual(begun);
      await world.sql.query('delete from keyfold.log_origins where previous_origin = $1', [before]);
    });

    test('cosignatures from before count for nothing, until the process makes another one', async () => {
      const process = world.newProcess();
      await process.begin();
      await process.ask();
      let origin = parseSignerKey(world.service.logSigningKey).name;
      const cosigned = async (): Promise<unknown> => {
        const { rows } = await readLeaseRows(world.sql, origin);
        return [...rows.values()].find(({ gatewayId }) => gatewayId === process.gatewayId)?.cosigned?.size ?? null;
      };
      expect(await cosigned()).toBe(process.applied.size);
      // Before the new origin has begun a generation as well: its first look may come before.
      origin = 'keyfold.local/after-the-fork';
      expect(await cosigned()).toBeNull();
      await world.replica({ origin: 'keyfold.local/after-the-fork' }).generations.current();
      expect(await cosigned()).toBeNull();
      await process.ask();
      expect(await cosigned()).toBe(process.applied.size);
    });
  });
});
