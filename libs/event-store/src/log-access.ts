import pg from 'pg';

// Two replicas may start at once, and concurrent grants fail: they update the same rows of the catalogue.
const GRANT_LOCK = 5_316_911_023;

/**
 * Gives the service's role what it needs on the log and no more: insert and select, the head's columns, idempotency
 * records, and the origins, which are a fold of the log; no update, delete, truncate or trigger, but for openings
 * through `erase_openings()` and checkpoints through the functions that keep and prune them. Takes back whatever else
 * it had. A role that owns the tables keeps everything: only a second role makes this a boundary.
 *
 * @param ownerPool connects as the role that ran the migrations.
 */
export async function grantLogAccess(ownerPool: pg.Pool, serviceRole: string): Promise<void> {
  const role = pg.escapeIdentifier(serviceRole);
  await inGrantTransaction(ownerPool, [
    `grant usage on schema keyfold to ${role}`,
    `revoke all on keyfold.events, keyfold.openings, keyfold.tiles, keyfold.log_head, keyfold.signed_checkpoints,
       keyfold.idempotency_keys, keyfold.erased_openings, keyfold.signed_log_times, keyfold.cosigned_checkpoints,
       keyfold.log_origins from ${role}`,
    `grant select on keyfold.erased_openings, keyfold.cosigned_checkpoints to ${role}`,
    `grant select, insert on keyfold.events, keyfold.openings, keyfold.tiles, keyfold.signed_checkpoints to ${role}`,
    `grant select, update (size, root, frontier, recorded_at, postgres_time, postgres_time_size) on keyfold.log_head to ${role}`,
    `grant select, insert, update, delete on keyfold.idempotency_keys, keyfold.signed_log_times, keyfold.log_origins to ${role}`,
    `grant execute on function keyfold.erase_openings(bigint[], bigint), keyfold.prune_signed_checkpoints(integer),
       keyfold.position_at(timestamptz), keyfold.prune_cosigned_checkpoints(timestamptz, integer),
       keyfold.keep_cosigned_checkpoint(text, timestamptz, bigint, text, interval) to ${role}`,
  ]);
}

/**
 * Gives the service's role full use of rows in tables of its own, such as read models.
 *
 * @param tables names without the schema.
 */
export async function grantTableAccess(
  ownerPool: pg.Pool,
  serviceRole: string,
  { schema, tables }: { schema: string; tables: readonly string[] },
): Promise<void> {
  if (tables.length === 0) return;
  const role = pg.escapeIdentifier(serviceRole);
  const names = tables.map((table) => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`).join(', ');
  await inGrantTransaction(ownerPool, [
    `grant usage on schema ${pg.escapeIdentifier(schema)} to ${role}`,
    `grant select, insert, update, delete on ${names} to ${role}`,
  ]);
}

async function inGrantTransaction(ownerPool: pg.Pool, statements: readonly string[]): Promise<void> {
  const all = ['begin', `select pg_advisory_xact_lock(${GRANT_LOCK})`, ...statements, 'commit'];
  const client = await ownerPool.connect();
  let isBroken = true;
  try {
    // A failing statement skips the rest, commit included: the connection is thrown away with its transaction.
    await client.query(all.join(';\n'));
    isBroken = false;
  } finally {
    client.release(isBroken);
  }
}
