import type pg from 'pg';

/** Runs the work in one transaction: committed if it resolves, rolled back if it throws. */
export async function withTransaction<Result>(
  pool: pg.Pool,
  work: (tx: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  const tx = await pool.connect();
  try {
    await tx.query('begin');
    const result = await work(tx);
    await tx.query('commit');
    tx.release();
    return result;
  } catch (error) {
    // A connection on which even the rollback fails is closed instead of going back to the pool.
    const rolledBack = await tx.query('rollback').then(
      () => true,
      () => false,
    );
    tx.release(!rolledBack);
    throw error;
  }
}
