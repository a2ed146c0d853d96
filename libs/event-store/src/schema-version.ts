import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { StoreRefusedError } from './errors.js';
import { ownVersion } from './package-root.js';

/** A schema's migrations: the files, and the table that remembers which have run. */
export interface MigratedSchema {
  readonly schema: string;
  readonly migrationsDir: string;
  readonly table: string;
}

type Db = Pick<pg.ClientBase, 'query'>;

/**
 * Refuses a schema that holds migrations which this version does not have: its statements could write rows that the
 * newer version misreads.
 *
 * @param db connects as a role that may read the table of migrations
 * @throws StoreRefusedError that names the version needed
 */
export async function refuseNewerSchema(db: Db, migrated: MigratedSchema): Promise<void> {
  const known = await migrationNames(migrated);
  const newer = (await ranMigrations(db, migrated)).filter((name) => !known.includes(name));
  const last = newer.at(-1);
  if (last !== undefined) throw newerSchema(last, await readNote(db, migrated));
}

/**
 * Notes which version is needed from now on, where every role that may use the schema can read it: in the comment of
 * the table of migrations. A crash before this leaves it to the next start of the same version.
 *
 * @param client connects as the owner; others that note at the same time wait for one another
 */
export async function noteVersion(client: Db, migrated: MigratedSchema): Promise<void> {
  const last = (await migrationNames(migrated)).at(-1);
  if (last === undefined || (await readNote(client, migrated))?.migration === last) return;
  const note = pg.escapeLiteral(`${last} needs Keyfold ${ownVersion()}`);
  await client.query(`comment on table ${tableName(migrated)} is ${note}`);
}

/**
 * Decides whether this version fits a schema that others have migrated; needs no rights but on the schema itself.
 *
 * @throws StoreRefusedError if the schema is older or newer than this version, with what is needed
 */
export async function checkSchemaVersion(db: Db, migrated: MigratedSchema): Promise<void> {
  const known = await migrationNames(migrated);
  const note = await readNote(db, migrated);
  if (note !== null && !known.includes(note.migration)) throw newerSchema(note.migration, note);
  const last = known.at(-1);
  if (last !== undefined && note?.migration !== last)
    throw new StoreRefusedError(
      `the database has not been migrated to version ${ownVersion()} (${last} has not run): run its migration first`,
    );
}

function newerSchema(migration: string, note: VersionNote | null): StoreRefusedError {
  const by = `the database has been migrated by a newer version (${migration}), and this is ${ownVersion()}`;
  return new StoreRefusedError(
    note?.migration === migration
      ? `${by}: start version ${note.version} or a newer one`
      : `${by}: start the version that has this migration`,
  );
}

interface VersionNote {
  /** The last one that had run. */
  readonly migration: string;
  readonly version: string;
}

const NOTE = /^(?<migration>\S+) needs Keyfold (?<version>\S+)$/;

async function readNote(db: Db, migrated: MigratedSchema): Promise<VersionNote | null> {
  const { rows } = await db.query<{ note: string | null }>(
    `select obj_description(to_regclass($1::text), 'pg_class') as note`,
    [tableName(migrated)],
  );
  const { migration, version } = NOTE.exec(rows[0]?.note ?? '')?.groups ?? {};
  return migration === undefined || version === undefined ? null : { migration, version };
}

/** In the order in which they ran; none where nothing has been migrated yet. */
async function ranMigrations(db: Db, migrated: MigratedSchema): Promise<string[]> {
  const table = tableName(migrated);
  const { rows: found } = await db.query<{ there: boolean }>('select to_regclass($1::text) is not null as there', [
    table,
  ]);
  if (found[0]?.there !== true) return [];
  const { rows } = await db.query<{ name: string }>(`select name from ${table} order by id`);
  return rows.map(({ name }) => name);
}

async function migrationNames({ migrationsDir }: MigratedSchema): Promise<string[]> {
  const files = await readdir(migrationsDir);
  return files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.replace(/\.sql$/, ''))
    .sort();
}

function tableName({ schema, table }: MigratedSchema): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
}
