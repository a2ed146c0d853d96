import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { type LogRecord, readEvent, SETTINGS_STREAM } from '@keyfold/domain';
import { PostgresEventStore, type StoredRecord } from '@keyfold/event-store';
import { Database } from '../../platform/database.js';
import { withTransaction } from '../../platform/with-transaction.js';
import type { NewNotice } from './notice.js';
import { type BulkRevoked, insertBulkRevocation, insertNotices } from './notice-rows.js';
import { noticeOf } from './notices-of-record.js';

const BATCH_RECORDS = 200;

/** Whether there may be somebody to tell of this record. */
export function mayMakeNotices({ stream }: LogRecord): boolean {
  return stream === SETTINGS_STREAM || stream.startsWith('api-key/');
}

/**
 * How far the maker has come in the bulk revocation that follows `position`: up to the key that was made at `after`.
 */
interface Cursor {
  readonly position: number;
  readonly after: number;
}

/**
 * Makes notices of the log's records, behind the appends. Notices and the position up to which they are made commit
 * together: after a crash the next run begins where the last commit ended. A bulk revocation concerns any number of
 * keys, so its notices are made some at a time, with a cursor beside the position. One replica at a time: the
 * position's row is locked.
 */
@Injectable()
export class LogNotices {
  constructor(
    private readonly database: Database,
    private readonly store: PostgresEventStore,
  ) {}

  /** Goes on until the head, or until another replica is found at it. @param signal ends it between two steps */
  async run(signal?: AbortSignal): Promise<void> {
    while (await this.step()) if (signal?.aborted === true) return;
  }

  /** @returns whether there may be more */
  private async step(): Promise<boolean> {
    const { rows: known } = await this.database.pool.query<Progress>(selectProgress);
    const position = Number(known[0]?.position ?? 0);
    // Before the transaction: with the row locked, nothing may wait for another connection of the pool.
    const records = await this.store.readAfter(position, cursorOf(known[0]) === null ? BATCH_RECORDS : 1);
    if (records.length === 0) return false;
    const notices = noticesUntilRevocation(records);
    return withTransaction(this.database.pool, async (tx) => {
      const { rows } = await tx.query<Progress>(lockProgress);
      const [row] = rows;
      if (row === undefined) return false;
      // Another replica has made these notices meanwhile.
      if (Number(row.position) !== position) return true;
      await makeNotices(tx, notices, cursorOf(row) ?? { position, after: 0 });
      return notices.revocation !== null || records.length === BATCH_RECORDS;
    });
  }
}

interface Progress {
  readonly position: string;
  readonly state: Cursor | null;
}

/** Of a position that a replica of an older version has moved, the cursor says nothing. */
function cursorOf(progress: Progress | undefined): Cursor | null {
  const { position, state = null } = progress ?? {};
  return state?.position === Number(position) ? state : null;
}

/** Those of the records before a bulk revocation, or a page of the revocation's. */
async function makeNotices(tx: pg.ClientBase, notices: NoticesOfRecords, cursor: Cursor): Promise<void> {
  const { lastPosition, revocation, waiting } = notices;
  if (lastPosition !== null) {
    await insertNotices(tx, waiting);
    await tx.query(moveProgress, [lastPosition, null]);
  } else if (revocation !== null) await makePage(tx, revocation, cursor);
}

async function makePage(tx: pg.ClientBase, revocation: BulkRevoked, { after, position }: Cursor): Promise<void> {
  const last = await insertBulkRevocation(tx, revocation, after);
  if (last === null) await tx.query(moveProgress, [revocation.position, null]);
  else await tx.query(moveProgress, [position, JSON.stringify({ position, after: last } satisfies Cursor)]);
}

interface NoticesOfRecords {
  /** Of the last record that the notices are of; null: there is none before the revocation. */
  readonly lastPosition: number | null;
  readonly waiting: readonly NewNotice[];
  /** What comes behind these records. A key that was revoked before has its notice by then: the first one counts. */
  readonly revocation: BulkRevoked | null;
}

function noticesUntilRevocation(records: readonly StoredRecord[]): NoticesOfRecords {
  const waiting: NewNotice[] = [];
  let lastPosition: number | null = null;
  for (const { openings, record } of records) {
    const read = readEvent(record, openings);
    // Written by a newer version, which knows what to tell whom.
    if (read.kind === 'unknown')
      throw new Error(`record ${record.position} is unknown to this version: ${read.detail}`);
    if (read.kind === 'event' && read.category === 'settings') {
      const { event } = read.recorded;
      if (event.type === 'ApiKeysBulkRevoked')
        return { lastPosition, waiting, revocation: { ...read.recorded, event } };
    }
    const notice = noticeOf(read);
    if (notice !== null) waiting.push(notice);
    lastPosition = record.position;
  }
  return { lastPosition, waiting, revocation: null };
}

const selectProgress = `
  select position, state
  from keyfold.notice_makers
  where name = 'log'`;

const lockProgress = `
  ${selectProgress}
  for update skip locked`;

const moveProgress = `
  update keyfold.notice_makers
  set position = $1::bigint, state = $2::jsonb
  where name = 'log'`;
