import 'reflect-metadata';
import { describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { eventually } from '@keyfold/testing/eventually';
import type { LeaseProcess } from '@keyfold/testing/feed/lease-process';
import { LeaseWorld } from '@keyfold/testing/lease-world';
import { MAX_LEASE_ROWS } from './lease-book.js';

const world = LeaseWorld.ofThisFile();

describe('a lease row', () => {
  /**
   * Holds the row of a process locked while it asks, so that what its request writes waits, and does something
   * meanwhile.
   */
  async function whileItsRowWaits<Result>(
    process: LeaseProcess,
    work: (holder: pg.PoolClient) => Promise<Result>,
  ): Promise<{ readonly answered: ReturnType<LeaseProcess['ask']>; readonly result: Result }> {
    const holder = await world.sql.connect();
    try {
      await holder.query('begin');
      await holder.query('select from keyfold.gateway_leases where gateway_id = $1 for update', [process.gatewayId]);
      const answered = process.ask();
      await eventually(async () => {
        const { rows } = await world.superuser.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into keyfold.gateway_leases as l%'`,
        );
        return rows.length === 1;
      });
      const result = await work(holder);
      await holder.query('commit');
      return { answered, result };
    } finally {
      holder.release(true);
    }
  }

  test('is committed before the head is read: what is appended while it waits is in the head, and its time too', async () => {
    const process = world.newProcess();
    await process.begin();
    const { answered, result: position } = await whileItsRowWaits(process, () => world.append());
    const { logTime } = await answered;
    expect(process.applied.size).toBeGreaterThanOrEqual(position);
    const { body } = await world.admin.get(`/v1/events/${position}`);
    expect(Date.parse(logTime)).toBeGreaterThanOrEqual(Date.parse(String(body['recordedAt'])));
  });

  test('that another replica has written meanwhile is left as it is, and gives no lease', async () => {
    const process = world.newProcess();
    await process.begin();
    const { answered } = await whileItsRowWaits(process, (holder) =>
      holder.query(
        `update keyfold.gateway_leases set renewal = renewal + 1, longest_seconds = 3600 where gateway_id = $1`,
        [process.gatewayId],
      ),
    );
    expect(await answered).toMatchObject({ leaseSeconds: 0, noLease: 'NOT_RECORDED' });
    expect(await world.rowOf(process)).toMatchObject({ longest_seconds: 3_600 });
    await world.sql.query('delete from keyfold.gateway_leases where gateway_id = $1', [process.gatewayId]);
  });

  test('gives the length that is committed in it, counted from the setting of that transaction', async () => {
    const process = world.newProcess();
    expect((await process.begin()).leaseSeconds).toBe(60);
    expect(await world.rowOf(process)).toMatchObject({ lease_seconds: 60, longest_seconds: 60 });
    await world.changeLease(7);
    expect((await process.ask()).leaseSeconds).toBe(7);
    // The reply of 60 s is held until the process says that it holds a later one.
    expect(await world.rowOf(process)).toMatchObject({ lease_seconds: 7, longest_seconds: 60 });
    await process.ask();
    expect(await world.rowOf(process)).toMatchObject({ lease_seconds: 7, longest_seconds: 7 });
  });

  test('keeps the longest length while the process names another reply than the last, or one that is unknown', async () => {
    const process = world.newProcess();
    await process.begin();
    const { held } = process;
    await world.changeLease(7);
    for (let asked = 0; asked < 20; asked += 1) await process.ask((request) => ({ ...request, held }));
    expect(await world.rowOf(process)).toMatchObject({ lease_seconds: 7, longest_seconds: 60 });
    await process.ask((request) => ({ ...request, held: 'x'.repeat(24) }));
    expect(await world.rowOf(process)).toMatchObject({ longest_seconds: 60 });
  });

  test('never takes back what a process has applied or cosigned', async () => {
    const process = world.newProcess();
    await process.begin();
    await process.ask();
    const { applied_position, cosigned_size } = (await world.rowOf(process)) ?? {};
    expect(Number(cosigned_size)).toBeGreaterThan(0);
    const { cosigned: earlier } = process;
    await world.append();
    await process.ask();
    await process.ask();
    const after = await world.rowOf(process);
    expect(Number(after?.applied_position)).toBeGreaterThan(Number(applied_position));
    expect(Number(after?.cosigned_size)).toBeGreaterThan(Number(cosigned_size));
    // A request that comes late.
    const appliedRoot = Buffer.alloc(32).toString('base64');
    const own = { ...process.request().process, cosigned: earlier };
    await process.ask((request) => ({ ...request, appliedSize: 1, appliedRoot, process: own }));
    expect(await world.rowOf(process)).toMatchObject({
      applied_position: after?.applied_position,
      cosigned_size: after?.cosigned_size,
    });
  });

  test('is read back where anything differs from what this process has written, and only there', async () => {
    const process = world.newProcess();
    let changes = 0;
    const isReadAfter = async (change: string): Promise<boolean> => {
      const version = `change ${(changes += 1)}`;
      const values = [process.gatewayId, version];
      await world.sql.query(`update keyfold.gateway_leases set version = $2, ${change} where gateway_id = $1`, values);
      // An older peer says no version: the row keeps the one that it was decided on.
      await process.askAsOlder(2);
      return (await world.rowOf(process))?.version === version;
    };
    await process.begin();
    await process.askAsOlder(2);
    expect(await isReadAfter('renewal = renewal')).toBe(false);
    expect(await isReadAfter('renewal = renewal + 1')).toBe(true);
    expect(await isReadAfter(`ended = 'run-out'`)).toBe(true);
    expect(await isReadAfter('renewal = renewal')).toBe(false);
    // With another state of the log nothing that is known holds any more.
    await world.append();
    expect(await isReadAfter('renewal = renewal')).toBe(true);
  });

  test('that cannot be written gives no lease: neither where there is no room, nor where the commit fails', async () => {
    const process = world.newProcess();
    await process.begin();
    await world.sql.query(
      `insert into keyfold.gateway_leases (gateway_id, incarnation, applied_position, lease_seconds, longest_seconds, kept_replies, logged_at,
         renewal, generation)
       select 'crowd-' || n, 'i', 1, 60, 60, '[]', now(), 1, 1 from generate_series(1, $1::int) as n`,
      [MAX_LEASE_ROWS],
    );
    try {
      const late = world.newProcess();
      await late.ask();
      expect(await late.ask()).toMatchObject({ leaseSeconds: 0, noLease: 'NOT_RECORDED' });
      expect(await world.rowOf(late)).toBeUndefined();
      // A known one goes on.
      expect((await process.ask()).leaseSeconds).toBe(60);
    } finally {
      await world.sql.query(`delete from keyfold.gateway_leases where gateway_id like 'crowd-%'`);
    }
    await world.sql.query(`
      create function keyfold.refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
      create constraint trigger refuse after update on keyfold.gateway_leases deferrable initially deferred
        for each row execute function keyfold.refuse()`);
    try {
      await expect(process.ask()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      await world.sql.query('drop trigger refuse on keyfold.gateway_leases; drop function keyfold.refuse()');
    }
    expect((await process.ask()).leaseSeconds).toBe(60);
  });

  test('is on disk before the reply leaves', async () => {
    const process = world.newProcess();
    await process.begin();
    // Otherwise the background writer would flush a commit that did not wait for it.
    await world.superuser.query(`alter system set wal_writer_delay = '10s'`);
    await world.superuser.query('select pg_reload_conf()');
    const lsn = async (name: 'insert' | 'flush'): Promise<bigint> => {
      const { rows } = await world.superuser.query<{ at: string }>(`select pg_current_wal_${name}_lsn() - '0/0' as at`);
      return BigInt(rows[0]?.at ?? 0);
    };
    for (let asked = 0; asked < 5; asked += 1) {
      const before = await lsn('insert');
      await process.ask();
      expect(await lsn('flush')).toBeGreaterThan(before);
    }
    await world.superuser.query('alter system reset wal_writer_delay');
    await world.superuser.query('select pg_reload_conf()');
  });

  test('is on the synchronous standby before the reply leaves: the old primary of a failover grants nothing', async () => {
    const process = world.newProcess();
    expect((await process.begin()).leaseSeconds).toBe(60);
    await world.superuser.query(`alter system set synchronous_standby_names = 'absent'`);
    await world.superuser.query('select pg_reload_conf()');
    const waiting = `from pg_stat_activity where datname = current_database() and wait_event = 'SyncRep'`;
    try {
      await eventually(async () => {
        const { rows } = await world.superuser.query<{ setting: string }>(
          `select current_setting('synchronous_standby_names') as setting`,
        );
        expect(rows[0]?.setting).toBe('absent');
      });
      let answer: unknown;
      const asked = process.ask().catch((error: unknown) => error);
      void asked.then((settled) => (answer = settled));
      // Whoever ends the wait (a limit on statements, an operator) does not make the row safe.
      await eventually(async () => {
        await world.superuser.query(`select pg_cancel_backend(pid) ${waiting}`);
        expect(answer).toBeDefined();
      });
      expect(answer).toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      await world.superuser.query('alter system reset synchronous_standby_names');
      await world.superuser.query('select pg_reload_conf()');
    }
    await eventually(async () => {
      expect((await process.ask()).leaseSeconds).toBe(60);
    });
  });
});

describe('requests that come together', () => {
  test('share a transaction, a head and a signature, each with its own lease', async () => {
    const processes = Array.from({ length: 40 }, () => world.newProcess());
    await Promise.all(processes.map((process) => process.begin()));
    const heads = new Set<string>();
    const replies = await Promise.all(
      processes.map(async (process) => {
        const request = process.request();
        const { body } = await process.send(request, 2);
        heads.add((body as { head: string }).head);
        return body as { leaseSeconds: number };
      }),
    );
    expect(replies.every(({ leaseSeconds }) => leaseSeconds === 60)).toBe(true);
    expect(heads.size).toBeLessThan(20);
    const { rows } = await world.sql.query<{ n: number }>(
      `select count(distinct xmin::text)::int as n from keyfold.gateway_leases where gateway_id = any ($1)`,
      [processes.map(({ gatewayId }) => gatewayId)],
    );
    expect(rows[0]?.n).toBe(heads.size);
  });

  test('from one process are judged one after the other, in one row', async () => {
    const process = world.newProcess();
    await process.begin();
    const asked = Array.from({ length: 10 }, () => process.request());
    await Promise.all(asked.map((request) => process.send(request, 2)));
    const { rows } = await world.sql.query<{ nonces: string[] }>(
      `select array(select reply ->> 0 from jsonb_array_elements(kept_replies) as reply) as nonces
       from keyfold.gateway_leases where gateway_id = $1`,
      [process.gatewayId],
    );
    expect(new Set(rows[0]?.nonces)).toEqual(new Set([process.held, ...asked.map(({ nonce }) => nonce)]));
  });

  test('and one that cannot be stored do not fail with it', async () => {
    const [first, second] = [world.newProcess(), world.newProcess()];
    await first.begin();
    const [answer, refused] = await Promise.allSettled([
      first.ask(),
      second.ask((request) => ({ ...request, incarnation: 'a\u0000b' })),
    ]);
    expect(answer).toMatchObject({ value: { leaseSeconds: 60 } });
    expect(refused).toMatchObject({ reason: { code: 'MALFORMED_REQUEST' } });
  });

  test('carry the time that was committed with their rows, and no process that starts later gives an earlier one', async () => {
    const process = world.newProcess();
    const { logTime } = await process.begin();
    const row = await world.rowOf(process);
    expect(Math.floor(row?.logged_at.getTime() ?? 0)).toBe(Date.parse(logTime));
    const { rows } = await world.sql.query<{ signed_at: Date }>(
      'select max(signed_at) as signed_at from keyfold.signed_log_times',
    );
    expect(rows[0]?.signed_at.getTime()).toBeGreaterThanOrEqual(Date.parse(logTime));
    // A record since then: the head's time is the later of the two.
    await world.sql.query(`update keyfold.log_head set recorded_at = recorded_at + interval '3 seconds'`);
    const { rows: heads } = await world.sql.query<{ recorded_at: Date }>('select recorded_at from keyfold.log_head');
    expect(Date.parse((await process.ask()).logTime)).toBeGreaterThanOrEqual(
      Math.floor(heads[0]?.recorded_at.getTime() ?? Infinity),
    );
  });
});

describe('a lease runs out', () => {
  test("by this replica's own monotonic clock, its length and the margin after the row was first read, whatever Postgres says", async () => {
    const process = world.newProcess();
    await process.begin();
    const { ends, pass } = world.replica();
    // As if the row were a year old by Postgres's clock.
    await world.sql.query(
      `update keyfold.gateway_leases set logged_at = logged_at - interval '1 year' where gateway_id = $1`,
      [process.gatewayId],
    );
    await ends.sweep();
    pass(60);
    await ends.sweep();
    expect(await world.rowOf(process)).toMatchObject({ ended: null });
    pass(0.9);
    await ends.sweep();
    expect(await world.rowOf(process)).toMatchObject({ ended: 'run-out' });
    // It may come back, with a lease of its own.
    expect((await process.ask()).leaseSeconds).toBe(60);
    expect(await world.rowOf(process)).toMatchObject({ ended: null, longest_seconds: 60 });
  });

  test('never while its row changes, and never by a row that was made anew', async () => {
    const process = world.newProcess();
    await process.begin();
    const { ends, pass } = world.replica();
    await ends.sweep();
    pass(60.5);
    await process.ask();
    await ends.sweep();
    pass(1);
    await ends.sweep();
    expect(await world.rowOf(process)).toMatchObject({ ended: null });
    const { renewal } = (await world.rowOf(process)) ?? {};
    pass(59);
    await world.sql.query('delete from keyfold.gateway_leases where gateway_id = $1', [process.gatewayId]);
    while ((await world.rowOf(process))?.renewal !== renewal) await process.ask();
    await ends.sweep();
    pass(1);
    await ends.sweep();
    expect(await world.rowOf(process)).toMatchObject({ ended: null });
    pass(60);
    await ends.sweep();
    expect(await world.rowOf(process)).toMatchObject({ ended: 'run-out' });
  });

  test('not if its process gets another reply between the look at the row and the mark', async () => {
    const process = world.newProcess();
    await process.begin();
    const before = async (text: string): Promise<void> => {
      if (text.includes("set ended = 'run-out'")) await process.ask();
    };
    const { ends, pass } = world.replica({ before });
    await ends.sweep();
    pass(61);
    await ends.sweep();
    expect(await world.rowOf(process)).toMatchObject({ ended: null });
  });
});

describe('a peer of an older version', () => {
  test.each([1, 2] as const)(
    'in form %i gets a lease without a key, and its row keeps the longest length',
    async (form) => {
      const process = world.newProcess();
      expect((await process.askAsOlder(form)).leaseSeconds).toBe(60);
      await world.changeLease(7);
      for (let asked = 0; asked < 3; asked += 1) expect((await process.askAsOlder(form)).leaseSeconds).toBe(7);
      expect(await world.rowOf(process)).toMatchObject({
        lease_seconds: 7,
        longest_seconds: 60,
        verifier_key: null,
        cosigned_size: null,
      });
      expect(await world.recordsOf(process.gatewayId)).toEqual([]);
    },
  );
});

describe('the rows of processes that are gone', () => {
  const insertRows = (name: string, count: number, columns: string): Promise<unknown> =>
    world.sql.query(
      `insert into keyfold.gateway_leases (gateway_id, incarnation, slot, applied_position, kept_replies, renewal, generation, lease_seconds,
         longest_seconds, logged_at, ended)
       select ${columns.startsWith('one') ? `'${name}'` : `'${name}-' || n`}, n, '0', 1, '[]', 1, 1, 0, ${columns.replace('one ', '')} from generate_series(1, ${count}) as n`,
    );
  const count = async (name: string): Promise<number> =>
    (await world.sql.query(`select from keyfold.gateway_leases where gateway_id like '${name}%'`)).rows.length;

  test('give way to new ones before there is no room, the longest unseen first, and none whose lease may run', async () => {
    await insertRows('gone', 3_000, `0, now() - make_interval(hours => n), null`);
    await insertRows('ended', 2_000, `60, now() - interval '2 years', 'run-out'`);
    await insertRows('running', 60, `3600, now() - interval '9 years', null`);
    await world.replica().ends.sweep();
    const [gone, ended, running] = [await count('gone-'), await count('ended-'), await count('running-')];
    expect(gone + ended + running).toBeLessThanOrEqual(MAX_LEASE_ROWS * 0.9);
    expect(gone).toBe(3_000);
    expect(running).toBe(60);
    await world.sql.query(`delete from keyfold.gateway_leases where gateway_id ~ '^(gone|ended|running)-'`);
  });

  test('go an hour after they have ended, by this replica’s own clock, but for the last of a gateway', async () => {
    const { ends, pass } = world.replica();
    await insertRows('restarted', 5, `one 60, now() - interval '1 year', 'run-out'`);
    for (let looks = 0; looks < 60; looks += 1) await ends.sweep();
    expect(await count('restarted')).toBe(5);
    pass(3_601);
    for (let looks = 0; looks < 60; looks += 1) await ends.sweep();
    expect(await count('restarted')).toBe(1);
  });
});
