import type pg from 'pg';

/** Runs several reads on one snapshot of the database, so that what they give is of one position. */
export async function withSnapshot<Result>(
  pool: pg.Pool,
  read: (tx: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const tx = await pool.connect();
  let isBroken = true;
  try {
    await tx.query('begin isolation level repeatable read read only');
    const result = await read(tx);
    await tx.query('commit');
    isBroken = false;
    return result;
  } finally {
    // A connection with a failed transaction on it is closed rather than cleaned up.
    tx.release(isBroken);
  }
}
