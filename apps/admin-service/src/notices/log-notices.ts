import { Injectable } from '@nestjs/common';
import { readEvent, SETTINGS_STREAM, type LogRecord } from '@keyfold/domain';
import { PostgresEventStore, type StoredRecord } from '@keyfold/event-store';
import type pg from 'pg';
import { Database } from '../core/database.js';
import { withTransaction } from '../core/with-transaction.js';
import type { NewNotice } from './notice.js';
import { insertBulkRevocation, insertNotices } from './notice-rows.js';
import { noticeOf } from './notices-of-record.js';

const BATCH_RECORDS = 200;

/** Whether there may be somebody to tell of this record. */
export function mayMakeNotices({ stream }: LogRecord): boolean {
  return stream === SETTINGS_STREAM || stream.startsWith('api-key/');
}

/**
 * Makes notices of the log's records, behind the appends. Notices and the position up to which they are made commit together: after a crash the
 * next run begins where the last commit ended. One replica at a time: the position's row is locked.
 */
@Injectable()
export class LogNotices {
  constructor(
    private readonly database: Database,
    private readonly store: PostgresEventStore,
  ) {}

  /** Goes on until the head, or until another replica is found at it. */
  async run(): Promise<void> {
    while (await this.step());
  }

  /** @returns whether there may be more */
  private async step(): Promise<boolean> {
    const position = await readPosition(this.database.pool);
    // Before the transaction: with the row locked, nothing may wait for another connection of the pool.
    const records = await this.store.readAfter(position, BATCH_RECORDS);
    const last = records.at(-1);
    if (last === undefined) return false;
    return withTransaction(this.database.pool, async (tx) => {
      const { rows } = await tx.query<{ position: string }>(lockPosition);
      const [row] = rows;
      if (row === undefined) return false;
      // Another replica has made these notices meanwhile.
      if (Number(row.position) !== position) return true;
      await makeNotices(tx, records);
      await tx.query(movePosition, [last.record.position]);
      return records.length === BATCH_RECORDS;
    });
  }
}

async function readPosition(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ position: string }>(selectPosition);
  return Number(rows[0]?.position ?? 0);
}

async function makeNotices(tx: pg.ClientBase, records: readonly StoredRecord[]): Promise<void> {
  const waiting: NewNotice[] = [];
  for (const { openings, record } of records) {
    const read = readEvent(record, openings);
    // Written by a newer version, which knows what to tell whom.
    if (read.kind === 'unknown')
      throw new Error(`record ${record.position} is unknown to this version: ${read.detail}`);
    const notice = noticeOf(read);
    if (notice !== null) waiting.push(notice);
    if (read.kind !== 'event' || read.category !== 'settings') continue;
    const { event } = read.recorded;
    if (event.type !== 'ApiKeysBulkRevoked') continue;
    // A key that was revoked before has its notice by then: the first one counts.
    await insertNotices(tx, waiting.splice(0));
    await insertBulkRevocation(tx, { ...read.recorded, event });
  }
  await insertNotices(tx, waiting);
}

const selectPosition = `
  select position
  from keyfold.notice_makers
  where name = 'log'`;

const lockPosition = `
  select position
  from keyfold.notice_makers
  where name = 'log'
  for update skip locked`;

const movePosition = `
  update keyfold.notice_makers
  set position = $1::bigint
  where name = 'log'`;
