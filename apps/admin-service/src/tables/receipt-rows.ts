import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@keyfold/domain';
import { byAge } from '../platform/by-age.js';
import { Database } from '../platform/database.js';

const KEPT_DAYS = 400;
/** Some at a time, so that no statement outgrows its time limit. */
const DELETED_AT_ONCE = 2_000;

export interface StoredReceipt {
  readonly confirmation: JsonObject;
  readonly file: string;
}

/** The receipts in Postgres. */
@Injectable()
export class ReceiptRows {
  constructor(private readonly database: Database) {}

  async find(position: number): Promise<StoredReceipt | undefined> {
    const { rows } = await this.database.pool.query<StoredReceipt>(selectReceipt, [position]);
    return rows[0];
  }

  /** @returns what is stored: the receipt of another replica that was faster stays */
  async insert(position: number, { confirmation, file }: StoredReceipt): Promise<StoredReceipt> {
    const values = [position, JSON.stringify(confirmation), file, this.database.logTime.now()];
    const { rowCount } = await this.database.pool.query(insertReceipt, values);
    return rowCount === 1 ? { confirmation, file } : ((await this.find(position)) ?? { confirmation, file });
  }

  /** Lets an actor read the receipt of a position, whoever has written its record. */
  async addReader(position: number, actor: string): Promise<void> {
    await this.database.pool.query(insertReader, [position, actor, this.database.logTime.now()]);
  }

  async hasReader(position: number, actor: string): Promise<boolean> {
    const { rows } = await this.database.pool.query(selectReader, [position, actor]);
    return rows.length > 0;
  }
}

/** Deletes what is older than 400 days by the log time, unless a clock is suspect. */
export async function deleteOldReceipts(database: Database): Promise<void> {
  await byAge(database, async (tx) => {
    const values = [database.logTime.now(), KEPT_DAYS, DELETED_AT_ONCE];
    await tx.query(deleteReceipts, values);
    await tx.query(deleteReaders, values);
  });
}

const selectReceipt = `
  select confirmation, file
  from keyfold.receipts
  where position = $1::bigint`;

const insertReceipt = `
  insert into keyfold.receipts (position, confirmation, file, confirmed_at)
  values ($1::bigint, $2::jsonb, $3::text, $4::timestamptz)
  on conflict on constraint receipts_pkey do nothing`;

// The record's own actor may read the receipt anyway. Nearly all who wait have written the record themselves, and a row
// of theirs would be one more commit to disk while gateways' lease rows are waiting for the same disk.
const insertReader = `
  insert into keyfold.receipt_readers (position, actor, noted_at)
  select $1::bigint, $2::text, $3::timestamptz
  where not exists (
    select 1
    from keyfold.events e
    where e.position = $1::bigint
      and e.actor = $2::text
  )
  on conflict on constraint receipt_readers_pkey do nothing`;

const selectReader = `
  select
  from keyfold.receipt_readers
  where position = $1::bigint
    and actor = $2::text`;

const deleteReceipts = `
  delete from keyfold.receipts
  where position in (
    select r.position
    from keyfold.receipts r
    where r.confirmed_at < $1::timestamptz - make_interval(days => $2::int)
    order by r.confirmed_at
    limit $3::int
  )`;

const deleteReaders = `
  delete from keyfold.receipt_readers
  where (position, actor) in (
    select r.position, r.actor
    from keyfold.receipt_readers r
    where r.noted_at < $1::timestamptz - make_interval(days => $2::int)
    order by r.noted_at
    limit $3::int
  )`;
