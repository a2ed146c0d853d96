import type pg from 'pg';

/** The pool of the service's own Postgres role, as one injectable. */
export class Database {
  constructor(readonly pool: pg.Pool) {}
}
