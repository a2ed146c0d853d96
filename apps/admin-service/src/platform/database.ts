import type pg from 'pg';
import type { LogTime } from '@keyfold/event-store';

/**
 * The pool of the service's own Postgres role, and the log time that goes with what is read by it, as one injectable.
 */
export class Database {
  constructor(
    readonly pool: pg.Pool,
    readonly logTime: LogTime,
  ) {}
}
