import pg from 'pg';
import { projectionSchema } from './projection-schema.js';

/**
 * Tables of the first shape and their statements, as the release that had no other shape wrote them. Never to be
 * changed.
 */
const TABLES = `
  create table projection (
    id smallint primary key constraint projection_one_row check (id = 1),
    log_key_id text not null,
    state_shape integer not null,
    applied_size bigint not null constraint projection_applied_size check (applied_size >= 0),
    frontier bytea not null,
    checkpoint text
  );
  create table settings (settings_id text collate "C" primary key, version integer not null, state json not null);
  create table roles (role_id text collate "C" primary key, version integer not null, state json not null);
  create table users (user_id text collate "C" primary key, version integer not null, state json not null);
  create table api_keys (
    key_id text collate "C" primary key, user_id text collate "C", version integer not null, state json not null
  );
  create index api_keys_user_id_idx on api_keys (user_id);
  create table remembered_proofs (
    key_id text collate "C" primary key,
    proof bytea not null constraint remembered_proofs_length check (octet_length(proof) = 32)
  );`;

/** A process of that release, as far as the database sees it. */
export class FirstShapeProcess {
  private constructor(readonly pool: pg.Pool) {}

  /** @param url of a role that may make schemas */
  static async start(
    url: string,
    { gatewayId, logKeyId }: { gatewayId: string; logKeyId: string },
  ): Promise<FirstShapeProcess> {
    const schema = projectionSchema(gatewayId, 1);
    const pool = new pg.Pool({ connectionString: url, options: `-c search_path="${schema}"`, max: 1 });
    await pool.query(`create schema "${schema}"; ${TABLES}`);
    await pool.query(`insert into projection values (1, $1, 1, 0, ''::bytea, null)`, [logKeyId]);
    return new FirstShapeProcess(pool);
  }

  /** Applies a batch that begins where the tables stand. */
  async apply(keyId: string): Promise<void> {
    await this.pool.query('update projection set applied_size = applied_size + 1 where id = 1');
    await this.pool.query(
      `insert into api_keys (key_id, version, state, user_id) values ($1, 1, '{"status":"issued"}', 'u1')
       on conflict (key_id) do update set version = excluded.version, state = excluded.state`,
      [keyId],
    );
  }

  async remember(keyIds: readonly string[], proof: Buffer): Promise<void> {
    await this.pool.query(
      'insert into remembered_proofs (key_id, proof) select key_id, $2 from unnest($1::text[]) as made (key_id) on conflict do nothing',
      [keyIds, proof],
    );
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
