import type pg from 'pg';
import { decodeLeaf, leafHash, RecordError } from '@keyfold/domain';
import { sqlState, StoreRefusedError, translated } from './errors.js';
import { type LogHead, readTreeHead } from './read/head.js';
import { rootAt } from './read/proofs.js';
import { splitHashes, TILE_ENTRIES, tileRoot } from './read/tiles.js';

const PROTOCOL_VIOLATION = '08P01';

/**
 * Decides whether this database may be written to: its sessions last, it keeps what it acknowledges, and the log's last
 * records, the tree over all of them and the head say the same. Looks at the last full tile and everything behind it,
 * so it takes the same time for a log of any length; the whole of it is the audit's work.
 *
 * @throws StoreRefusedError with a sentence for the operator.
 */
export async function checkLogAtStart(pool: pg.Pool): Promise<void> {
  await checkSessions(pool);
  await checkDurability(pool);
  await checkNothingBehind(pool);
  const head = await readTreeHead(pool);
  await checkLastRecords(pool, head);
  await checkTree(pool, head);
}

/**
 * A pooler that gives a connection another session for each transaction loses prepared statements, settings and LISTEN
 * in between: notices of appends would silently not come, and statements fail now and then. Such a pooler is found by
 * two connections: what the one has just used, the other one gets, or the one itself gets another one's
 * (`server_round_robin`). One that pools statements refuses the transaction.
 *
 * @throws StoreRefusedError with a sentence for the operator
 */
export async function checkSessions(pool: pg.Pool): Promise<void> {
  const clients = await translated(Promise.all([pool.connect(), pool.connect()]));
  const [one, other] = clients;
  let isSound = false;
  try {
    const first = await sessionOf(one);
    const before = await sessionOf(one);
    if (await canBegin(other)) {
      const meanwhile = await sessionOf(other);
      const after = await sessionOf(one);
      await translated(other.query('rollback'));
      isSound = first === before && before !== meanwhile && before === after;
    }
  } finally {
    for (const client of clients) client.release(!isSound);
  }
  if (!isSound)
    throw new StoreRefusedError(
      'connections to Postgres do not keep their session: something in between pools transactions or statements (PgBouncer with another pool_mode than session). Connect directly, or let it pool sessions',
    );
}

async function canBegin(client: pg.PoolClient): Promise<boolean> {
  try {
    await translated(client.query('begin'));
    return true;
  } catch (error) {
    // PgBouncer's answer where it pools statements.
    if (error instanceof Error && sqlState(error.cause) === PROTOCOL_VIOLATION) return false;
    throw error;
  }
}

async function sessionOf(client: pg.PoolClient): Promise<number | undefined> {
  const { rows } = await translated(client.query<{ pid: number }>('select pg_backend_pid() as pid'));
  return rows[0]?.pid;
}

const settingsSql = `
  select name, setting
  from pg_settings
  where name in ('fsync', 'full_page_writes', 'synchronous_commit')
    and setting = 'off'
  order by name`;

async function checkDurability(pool: pg.Pool): Promise<void> {
  const { rows } = await translated(pool.query<{ name: string }>(settingsSql));
  if (rows.length === 0) return;
  const off = rows.map(({ name }) => `${name}=off`).join(', ');
  throw new StoreRefusedError(`Postgres runs with ${off} and may lose what it has acknowledged: switch it on`);
}

// One statement, so one snapshot: read one after the other, an append of another replica in between looks like a broken
// log.
const behindSql = `
  select h.size as size, min(e.position) as position
  from keyfold.log_head h
  join keyfold.events e on e.position > h.size
  group by h.size`;

async function checkNothingBehind(pool: pg.Pool): Promise<void> {
  const { rows } = await translated(pool.query<{ size: string; position: string }>(behindSql));
  const behind = rows[0];
  if (behind === undefined) return;
  throw new StoreRefusedError(`the head is at ${behind.size} but there is a record at ${behind.position}`);
}

const lastRecordsSql = `
  select position, stream, version, type, actor, leaf, leaf_hash
  from keyfold.events
  where position > $1::bigint
    and position <= $2::bigint
  order by position`;

interface LastRow {
  readonly position: string;
  readonly stream: string;
  readonly version: string;
  readonly type: string;
  readonly actor: string;
  readonly leaf: Buffer;
  readonly leaf_hash: Buffer;
}

async function checkLastRecords(pool: pg.Pool, head: Omit<LogHead, 'logTime'>): Promise<void> {
  const fullTiles = Math.floor(head.size / TILE_ENTRIES);
  const from = Math.max(0, fullTiles - 1) * TILE_ENTRIES;
  const { rows } = await translated(pool.query<LastRow>(lastRecordsSql, [from, head.size]));
  for (let position = from + 1; position <= head.size; position += 1) {
    const row = rows[position - from - 1];
    if (row === undefined || Number(row.position) !== position) {
      throw new StoreRefusedError(`the log has no record at position ${position}`);
    }
    const problem = rowProblem(row);
    if (problem !== null) throw new StoreRefusedError(`the record at position ${position} ${problem}`);
  }
  if (fullTiles === 0) return;
  const hashes = rows.slice(0, TILE_ENTRIES).map((row) => row.leaf_hash);
  await checkLastTile(pool, fullTiles - 1, hashes);
}

function rowProblem(row: LastRow): string | null {
  if (!leafHash(row.leaf).equals(row.leaf_hash)) return 'does not match its hash';
  try {
    const { position, stream, version, type, actor } = decodeLeaf(row.leaf);
    const said = [position, stream, version, type, actor].join(' ');
    const kept = [row.position, row.stream, row.version, row.type, row.actor].join(' ');
    return said === kept ? null : 'is not the one that its columns describe';
  } catch (error) {
    if (error instanceof RecordError) return `cannot be read: ${error.message}`;
    throw error;
  }
}

const tileSql = `
  select hashes, root
  from keyfold.tiles
  where level = 0
    and tile_index = $1::bigint`;

async function checkLastTile(pool: pg.Pool, index: number, leafHashes: readonly Buffer[]): Promise<void> {
  const { rows } = await translated(pool.query<{ hashes: Buffer; root: Buffer }>(tileSql, [index]));
  const tile = rows[0];
  if (tile === undefined) throw new StoreRefusedError(`the log has no tile ${index}`);
  const fits = tile.hashes.equals(Buffer.concat(leafHashes)) && tile.root.equals(tileRoot(splitHashes(tile.hashes)));
  if (!fits) throw new StoreRefusedError(`tile ${index} does not match its records`);
}

async function checkTree(pool: pg.Pool, head: Omit<LogHead, 'logTime'>): Promise<void> {
  if (!head.frontier.root().equals(head.root)) {
    throw new StoreRefusedError(`the head's frontier does not match its root at size ${head.size}`);
  }
  if (!(await rootAt(pool, head.size)).equals(head.root)) {
    throw new StoreRefusedError(`the records up to position ${head.size} do not match the head's root`);
  }
}
