import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';

/**
 * The position of the log's last record: for writes whose answer says nothing of the log's state, such as those of
 * rows. An answer that shows such state takes the position of the snapshot that it was read from.
 */
@Injectable()
export class LogHead {
  constructor(private readonly database: Database) {}

  async position(): Promise<number> {
    const result = await this.database.pool.query<{ size: string }>(selectSize);
    return Number(result.rows[0]?.size ?? 0);
  }
}

const selectSize = `
  select size
  from keyfold.log_head
  where id = 1`;
