import { Injectable } from '@nestjs/common';
import { Database } from '../core/database.js';

/** The position of the log's last record: what a write that appends nothing answers with. */
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
