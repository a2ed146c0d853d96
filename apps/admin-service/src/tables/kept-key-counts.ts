import type pg from 'pg';
import { areRevocationsUnswept } from './bulk-revocations.js';
import { countRows } from './counted-key-rows.js';
import { type CountedKeys, type CountLimits, idlePlace } from './counted-keys.js';
import { kept } from './key-count-changes.js';
import type { ListPolicy } from './key-status-conditions.js';

/** Buckets are hours, but those of issues and revocations. See migration 0019. */
const BUCKET_MS = 3_600_000;

/**
 * All keys, counted from what is kept of them; only while the key lists are swept. Of a bucket that a limit cuts, the
 * keys before the limit are counted from an index, and so are those that have ended since the last sweep: as exact as
 * counting rows.
 */
export async function readKeptCounts(tx: pg.ClientBase, limits: CountLimits): Promise<CountedKeys> {
  const { firstWeek, idle, made, nowMs } = limits;
  // The first one tells how many have ended already.
  const ends = [nowMs + 1, ...limits.ends];
  const cells = await readCells(tx, [ends, made, idle].map(bucketsOf), firstWeek);
  const parts = await readParts(tx, { ends, made, idle });
  const ended = await tx.query<EndedRow>(selectEnded, [nowMs, made, idle]);
  const [endedLive = 0, ...ending] = cells.before('ends', 'live', parts.ends);
  const endedPending = parts.pending;
  const sum = (name: string): number => cells.sum('ends', name);
  return {
    byStatus: {
      pending: sum('pending') - endedPending,
      active: sum('live') - endedLive,
      superseded: sum('superseded'),
      revoked: sum('revoked'),
      expired: sum('over') + endedLive + endedPending,
    },
    ends: ending.map((keys) => keys - endedLive),
    made: less(cells.before('made', 'live', parts.made), ended.rows, 'made'),
    idle: less(cells.before('idle', 'live', parts.idle), ended.rows, 'idle'),
    issued: cells.all('issued'),
    revoked: cells.all('revoked'),
  };
}

/**
 * All keys while a sweep of the key lists is due. What keys a sweep can change is counted row by row: after a change of
 * the maximum lifetime those that are live or that a lower one has ended, after a bulk revocation all that are not
 * revoked. All others are counted from what is kept.
 */
export async function readUnsweptCounts(
  tx: pg.ClientBase,
  { limits, policy }: { readonly limits: CountLimits; readonly policy: ListPolicy },
): Promise<CountedKeys> {
  const isRevokedInBulk = await areRevocationsUnswept(tx);
  const cells = await readCells(tx, [[], [], []], limits.firstWeek);
  const keys = isRevokedInBulk ? 'unrevoked' : 'active';
  const counted = await countRows(tx, { limits, policy, supervisorId: null, keys });
  const [issued, revoked] = [cells.all('issued'), cells.all('revoked')];
  const sum = (name: string): number => cells.sum('ends', name);
  if (isRevokedInBulk) {
    for (const [week, more] of counted.revoked) revoked.set(week, (revoked.get(week) ?? 0) + more);
    const byStatus = { ...counted.byStatus, revoked: sum('revoked') + counted.byStatus.revoked };
    return { ...counted, byStatus, issued, revoked };
  }
  const { active } = counted.byStatus;
  const { rows } = await tx.query<{ keys: number }>(selectEndedPending, [limits.nowMs]);
  const endedPending = rows[0]?.keys ?? 0;
  const byStatus = {
    pending: sum('pending') - endedPending,
    active,
    superseded: sum('superseded'),
    revoked: sum('revoked'),
    expired: sum('live') + sum('over') - active + endedPending,
  };
  return { ...counted, byStatus, issued, revoked };
}

const bucketsOf = (limits: readonly number[]): number[] => limits.map((ms) => Math.floor(ms / BUCKET_MS));

interface EndedRow {
  readonly made: number;
  readonly idle: number;
  readonly keys: number;
}

/** Living keys before each limit without those that have ended. */
function less(before: readonly number[], ended: readonly EndedRow[], by: 'made' | 'idle'): number[] {
  return before.map((keys, nth) => ended.reduce((rest, row) => (row[by] <= nth ? rest - row.keys : rest), keys));
}

interface CellRow {
  readonly measure: string;
  readonly list_class: string;
  /** How many limits the bucket has reached; of a week its number. */
  readonly place: number;
  readonly keys: string;
}

class Cells {
  constructor(private readonly rows: readonly CellRow[]) {}

  sum(measure: string, listClass: string): number {
    return this.of(measure, listClass).reduce((sum, { keys }) => sum + Number(keys), 0);
  }

  /** @param parts of the bucket that each limit cuts */
  before(measure: string, listClass: string, parts: readonly number[]): number[] {
    const rows = this.of(measure, listClass);
    return parts.map((part, nth) =>
      rows.reduce((sum, { keys, place }) => (place <= nth ? sum + Number(keys) : sum), part),
    );
  }

  all(measure: string): Map<number, number> {
    return new Map(this.of(measure, '').map(({ keys, place }) => [place, Number(keys)]));
  }

  private of(measure: string, listClass: string): CellRow[] {
    return this.rows.filter((row) => row.measure === measure && row.list_class === listClass);
  }
}

async function readCells(tx: pg.ClientBase, buckets: readonly number[][], firstWeek: number): Promise<Cells> {
  return new Cells((await tx.query<CellRow>(selectCells, [...buckets, firstWeek])).rows);
}

interface Parts {
  readonly ends: readonly number[];
  readonly made: readonly number[];
  readonly idle: readonly number[];
  /** Pending keys that have ended. */
  readonly pending: number;
}

/** How many living keys lie between the beginning of the bucket that a limit cuts and the limit. */
async function readParts(
  tx: pg.ClientBase,
  { ends, idle, made }: { readonly [Measure in 'ends' | 'made' | 'idle']: readonly number[] },
): Promise<Parts> {
  const values = [ends, made, idle].flatMap((limits) => [bucketsOf(limits).map((hour) => hour * BUCKET_MS), limits]);
  const { rows } = await tx.query<{ ends: number[]; made: number[]; idle: number[]; pending: number }>(
    selectParts,
    values,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a count has a row');
  return row;
}

const selectCells = `
  select c.measure, c.list_class,
    case c.measure
      when 'ends' then width_bucket(c.bucket, $1::int[])
      when 'made' then width_bucket(c.bucket, $2::int[])
      when 'idle' then width_bucket(c.bucket, $3::int[])
      else c.bucket
    end as place,
    sum(c.keys) as keys
  from ${kept} as c
  where c.measure in ('ends', 'made', 'idle')
    or c.measure in ('issued', 'revoked') and c.bucket >= $4::int
  group by 1, 2, 3`;

const part = (count: string, nth: number): string => `
    array(
      select (${count})
      from unnest($${nth}::bigint[], $${nth + 1}::bigint[]) with ordinality as l (from_ms, to_ms, nth)
      order by l.nth
    )`;

const countLive = (column: string): string => `
        select count(*)::int
        from keyfold.api_keys k
        where k.list_class = 'live'
          and k.${column} >= l.from_ms
          and k.${column} < l.to_ms`;

// A key is idle since the later of its creation and its last use: those whose last use falls into the part, and those
// made in it that were not used since.
const countIdle = `
        (
          select count(*)
          from keyfold.key_uses u
          where u.list_class = 'live'
            and u.last_use >= to_timestamp(l.from_ms::float8 / 1000)
            and u.last_use < to_timestamp(l.to_ms::float8 / 1000)
            and u.created_at_ms < l.to_ms
        ) + (
          select count(*)
          from keyfold.api_keys k
          join keyfold.key_uses u on u.created_position = k.created_position
          where k.list_class = 'live'
            and k.created_at_ms >= l.from_ms
            and k.created_at_ms < l.to_ms
            and u.last_use < to_timestamp(l.from_ms::float8 / 1000)
        )`;

const selectParts = `
  select ${part(countLive('ends_at_ms'), 1)} as ends, ${part(countLive('created_at_ms'), 3)} as made,
    ${part(`select (${countIdle})::int`, 5)} as idle,
    (
      select count(*)::int
      from keyfold.api_keys k
      where k.list_class = 'pending'
        and k.ends_at_ms < ($2::bigint[])[1]
    ) as pending`;

// No policy changes when they end.
const selectEndedPending = `
  select count(*)::int as keys
  from keyfold.api_keys k
  where k.list_class = 'pending'
    and k.ends_at_ms <= $1::bigint`;

// Few, between two rounds of the sweep. The planner is not told the instants: it takes ends and classes to be
// independent, would expect as many ended keys among the living ones as among all, and read the whole table.
const selectEnded = `
  select width_bucket(k.created_at_ms, $2::bigint[]) as made, ${idlePlace('k', 'u', '$3')} as idle, count(*)::int as keys
  from unnest(array[0::bigint], array[$1::bigint]) as l (from_ms, to_ms)
  join keyfold.api_keys k on k.list_class = 'live' and k.ends_at_ms >= l.from_ms and k.ends_at_ms <= l.to_ms
  join keyfold.key_uses u on u.created_position = k.created_position
  group by 1, 2`;
