import pg from 'pg';
import type { Logger } from '@keyfold/service-kit';
import { isAfterFork, projectionSchema, shapeOf } from './projection-schema.js';
import { requireLog } from './projection-store.js';

const CHECK_INTERVAL_MS = 600_000;
const PROOFS_AT_ONCE = 5_000;

export interface OtherShapesOptions {
  readonly gatewayId: string;
  /** Of this version and the origin that is followed. */
  readonly schema: string;
  /** Of the log's key under the origin that is followed, and under the one that the log began with. */
  readonly logKeyIds: readonly [string, ...string[]];
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * The schemas that other versions of this gateway have left, or use at this moment: an upgrade starts with an empty
 * schema beside the old one. Takes over the proofs in them and drops each that has been unused for a day. Nothing else
 * of them is read, and nothing is written to them.
 */
export class OtherShapes {
  private hasCarried = false;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopped = false;
  private client: pg.PoolClient | undefined;

  constructor(
    /** Of the schema of this version. */
    private readonly pool: pg.Pool,
    private readonly options: OtherShapesOptions,
  ) {}

  /**
   * @throws WrongLogError if one of them was folded from another log: then this is another gateway's id. What was
   *   folded before a fork of this log is of this log as well.
   */
  async requireSameLog(): Promise<void> {
    const { logKeyIds } = this.options;
    for (const schema of await this.schemas(this.pool)) {
      if (isAfterFork(schema)) continue;
      const found = await ifThere(
        this.pool.query<{ log_key_id: string }>(`select log_key_id from ${of(schema)}.projection`),
      );
      const [row] = found?.rows ?? [];
      if (row !== undefined && !logKeyIds.includes(row.log_key_id)) requireLog(row.log_key_id, logKeyIds[0]);
    }
  }

  /** Takes over what is there now, in the background, and looks every ten minutes for what can be dropped. */
  start(): void {
    const run = (): void => {
      this.running = this.running.then(() => this.tend());
    };
    run();
    this.timer = setInterval(run, CHECK_INTERVAL_MS);
  }

  /** Cuts off what is under way: all of it can be done again. */
  async close(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.client?.end();
    await this.running;
  }

  /**
   * Copies the proofs of other shapes that are missing here. Each is bound to the commitment of its key's hash, so one
   * that no longer holds is worth nothing. May be cut short at any time: a repeat copies the rest.
   *
   * @returns how many were copied
   */
  async carryProofs(from: pg.Pool | pg.PoolClient = this.pool): Promise<number> {
    let carried = 0;
    for (const schema of await this.schemas(from)) {
      let after: string | null = '';
      while (after !== null && !this.isStopped) {
        const copied: CopiedProofs | undefined = await ifThere(copyProofs(from, schema, after));
        carried += copied?.carried ?? 0;
        after = copied?.last ?? null;
      }
    }
    return carried;
  }

  /** One round; of the processes of this gateway one at a time. Never rejects. */
  async tend(): Promise<void> {
    try {
      const client = await this.pool.connect();
      this.client = client;
      try {
        await this.tendAlone(client);
      } finally {
        this.client = undefined;
        // The lock goes with the session.
        client.release(true);
      }
    } catch (error) {
      if (this.isStopped) return;
      this.options.log.warn({ err: error }, 'the tables of other versions could not be checked; will retry');
    }
  }

  private async tendAlone(client: pg.PoolClient): Promise<void> {
    const { log } = this.options;
    const { rows } = await client.query<{ is_alone: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1::text, 0)) as is_alone',
      [this.options.schema],
    );
    if (rows[0]?.is_alone !== true) return;
    if (!this.hasCarried) {
      const proofs = await this.carryProofs(client);
      this.hasCarried = true;
      if (proofs > 0) log.info({ proofs }, "took over another version's remembered proofs");
    }
    for (const schema of await this.schemas(client)) {
      if (this.isStopped || !(await isUnused(client, schema))) continue;
      await drop(client, schema);
      log.info({ schema }, "dropped another version's tables, which were unused for a day");
    }
  }

  /** The newest first: where two have a proof of the same key, it is the newer one's that counts. */
  private async schemas(from: pg.Pool | pg.PoolClient): Promise<string[]> {
    const { gatewayId, schema } = this.options;
    const { rows } = await from.query<{ name: string }>(
      'select nspname as name from pg_namespace where starts_with(nspname, $1::text)',
      [projectionSchema(gatewayId, 1)],
    );
    return rows
      .flatMap(({ name }) => {
        const shape = shapeOf(gatewayId, name);
        return shape === null || name === schema ? [] : [{ name, shape }];
      })
      .sort((a, b) => b.shape - a.shape)
      .map(({ name }) => name);
  }
}

interface CopiedProofs {
  readonly carried: number;
  /** Null once there are no more. */
  readonly last: string | null;
}

// In the order of the keys, like whoever else writes proofs, so that two writers of the same keys wait for each other
// in one direction only.
async function copyProofs(from: pg.Pool | pg.PoolClient, schema: string, after: string): Promise<CopiedProofs> {
  const { rows } = await from.query<CopiedProofs>(
    `with source as materialized (
      select key_id, proof
      from ${of(schema)}.remembered_proofs
      where key_id > $1::text
      order by key_id
      limit ${PROOFS_AT_ONCE}
    ), carried as (
      insert into remembered_proofs (key_id, proof)
      select key_id, proof
      from source
      order by key_id
      on conflict (key_id) do nothing
      returning true
    )
    select (select count(*)::integer from carried) as carried, (select max(key_id) from source) as last`,
    [after],
  );
  return rows[0] ?? { carried: 0, last: null };
}

/**
 * Adds up the time between looks at which Postgres had counted no use in between, at most an hour for each, so that
 * neither a gateway that was stopped nor a clock that jumps makes a day of it. Backups are no use: they look up no row
 * by an index. Nor is what {@link copyProofs} reads.
 */
async function isUnused(client: pg.PoolClient, schema: string): Promise<boolean> {
  const counted = await client.query<{ activity: string }>(selectActivity, [schema]);
  const [{ activity } = { activity: undefined }] = counted.rows;
  if (activity === undefined) return false;
  const { rows } = await client.query<{ is_unused: boolean }>(noteActivity, [schema, activity]);
  return rows[0]?.is_unused === true;
}

// Without these counters nobody knows, and nothing is dropped.
const selectActivity = `
  select coalesce(sum(coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del), 0) as activity
  from pg_stat_all_tables
  where schemaname = $1::text
    and relname <> 'remembered_proofs'
  having current_setting('track_counts')::boolean`;

const noteActivity = `
  insert into other_shapes as other (schema_name, activity, checked_at, unused_for)
  values ($1::text, $2::numeric, clock_timestamp(), interval '0')
  on conflict (schema_name) do update
  set
    activity = excluded.activity,
    checked_at = excluded.checked_at,
    unused_for = case
      when other.activity = excluded.activity
        then other.unused_for + least(greatest(excluded.checked_at - other.checked_at, interval '0'), interval '1 hour')
      else interval '0'
    end
  returning unused_for >= interval '1 day' as is_unused`;

async function drop(client: pg.PoolClient, schema: string): Promise<void> {
  try {
    // Whoever holds a lock there uses it; the next round looks again.
    await client.query(`begin; set local lock_timeout = '2s'; drop schema if exists ${of(schema)} cascade`);
    await client.query('delete from other_shapes where schema_name = $1::text', [schema]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

function of(schema: string): string {
  return pg.escapeIdentifier(schema);
}

/** Undefined where the table is gone, or not made yet. */
async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof pg.DatabaseError && (error.code === '42P01' || error.code === '3F000')) return undefined;
    throw error;
  }
}
