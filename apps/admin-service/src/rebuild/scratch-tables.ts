import type pg from 'pg';
import type { Statement, Tx } from '@keyfold/event-store';
import { BESIDE_MODELS, MODEL_TABLES } from './model-tables.js';

/**
 * Makes empty tables of the shape of the read models in the session's own temporary schema: they are nobody else's,
 * need no right but that to connect, and are gone with the session, also after a crash. Of the constraints only primary
 * keys are there, since many records are folded at once: a name that one role gave up and another took would be two
 * roles' in between.
 */
export async function createScratchTables(client: pg.ClientBase): Promise<void> {
  for (const name of [...MODEL_TABLES.map((table) => table.name), ...BESIDE_MODELS])
    await client.query(`create temporary table ${name} (like keyfold.${name} including defaults including generated)`);
  for (const { key, name } of MODEL_TABLES)
    await client.query(`alter table pg_temp.${name} add constraint ${name}_pkey primary key (${key.join(', ')})`);
  await client.query('create index on pg_temp.api_keys (user_id)');
  await client.query('create index on pg_temp.api_keys (created_at_ms, created_position)');
}

/** Runs the statements of the projection on the scratch tables: each names its tables with their schema. */
export class ScratchTx implements Tx {
  private readonly sent: Promise<unknown>[] = [];
  /** Resolves once what was asked for before is done: the client runs one statement at a time. */
  private before: Promise<unknown> = Promise.resolve();
  private readonly texts = new Map<string, string>();

  constructor(private readonly client: pg.ClientBase) {}

  query<R extends pg.QueryResultRow = Record<string, unknown>>(
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<pg.QueryResult<R>> {
    const asked = typeof statement === 'string' ? { text: statement, values: [...(values ?? [])] } : statement;
    const answer = this.before.then(() => this.client.query<R>({ ...asked, text: this.onScratch(asked.text) }));
    this.before = answer;
    return answer;
  }

  send(statement: Statement, values?: readonly unknown[]): void {
    const sent = this.query(statement, values);
    // It is waited for by settled(), which may come after it has failed.
    sent.catch(() => undefined);
    this.sent.push(sent);
  }

  /** Resolves once all that was sent is done. */
  async settled(): Promise<void> {
    await Promise.all(this.sent.splice(0));
  }

  private onScratch(text: string): string {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    const rewritten = text.replaceAll(/\bkeyfold\./g, 'pg_temp.');
    this.texts.set(text, rewritten);
    return rewritten;
  }
}
