import { createHash } from 'node:crypto';
import type pg from 'pg';
import { CommitWarnings } from '../commit-warnings.js';
import { sqlState, StoreUnavailableError } from '../errors.js';
import type { Statement, Tx } from '../prepared.js';
import { literalOf } from './sql-literals.js';

interface Waiting {
  readonly text: string;
  /** Null where nobody waits for the answer. */
  readonly answer: {
    readonly resolve: (result: pg.QueryResult) => void;
    readonly reject: (err: unknown) => void;
  } | null;
}

/**
 * A transaction that sends all statements of one event-loop turn as one message: a message costs both sides a wake-up,
 * which is more than most statements cost. A statement with values is prepared when the connection sees it first.
 *
 * Values are literals in the text, since the driver's pipeline of bound parameters takes a third more processor time,
 * ours and Postgres's together, for an append of one event (bench part `hand-written`). For one of 400 KB it takes
 * half: see docs/decisions/0011.
 */
export class AppendTx implements Tx {
  private waiting: Waiting[] = [];
  private sending: Promise<void> | null = null;
  private isDue = false;
  private failure: { readonly error: unknown } | null = null;

  /** @param preparedNames of what this connection has prepared; after a failure it may name more than that */
  constructor(
    private readonly client: pg.PoolClient,
    private readonly preparedNames: Set<string>,
  ) {}

  query<R extends pg.QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<pg.QueryResult<R>> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ text: this.textOf(statement, values), answer: { resolve, reject } });
      this.sendSoon();
    });
  }

  send(statement: Statement, values?: readonly unknown[]): void {
    this.waiting.push({ text: this.textOf(statement, values), answer: null });
  }

  /**
   * Commits. The last rows go with it: if one fails, Postgres skips the commit and says why.
   *
   * @throws StoreUnavailableError (indeterminate) if its success was not confirmed; any other error means that nothing
   *   was committed
   */
  async commit(): Promise<void> {
    const warnings = new CommitWarnings(this.client);
    try {
      const { command } = await this.query('commit');
      if (command !== 'COMMIT') throw new Error(`the commit ended as ${command}`);
    } catch (error) {
      // An error that the session outlives was raised before the commit, or undid it: behind a commit record Postgres
      // panics. Behind any other is doubt.
      if (sqlState(error) !== null && (await isAlive(this.client))) throw error;
      throw new StoreUnavailableError('the answer to a commit was lost', true, error);
    } finally {
      warnings.end();
    }
    warnings.requireNone();
  }

  /** Sends nothing more; resolves when nothing is on its way either. */
  async abandon(error: unknown): Promise<void> {
    this.failure ??= { error };
    await this.sending;
  }

  private sendSoon(): void {
    if (this.isDue || this.sending !== null) return;
    this.isDue = true;
    process.nextTick(() => {
      this.isDue = false;
      this.sending = this.sendWaiting().finally(() => {
        this.sending = null;
        if (this.waiting.some(({ answer }) => answer !== null)) this.sendSoon();
      });
    });
  }

  /**
   * Never rejects. The first failure rejects every statement of its message and of all later ones, the commit included.
   */
  private async sendWaiting(): Promise<void> {
    const sent = this.waiting.splice(0);
    try {
      if (this.failure !== null) throw this.failure.error;
      const results = await runScript(
        this.client,
        sent.map(({ text }) => text),
      );
      const answers = results.filter(({ command }) => command !== 'PREPARE');
      if (answers.length !== sent.length) throw new Error('a message was not answered statement by statement');
      sent.forEach(({ answer }, nth) => answer?.resolve(answers[nth] as pg.QueryResult)); // counted above
    } catch (error) {
      this.failure ??= { error };
      for (const { answer } of sent) answer?.reject(error);
    }
  }

  private textOf(statement: Statement, values: readonly unknown[] = []): string {
    if (typeof statement === 'string' && values.length === 0) return statement;
    const { name, text } = typeof statement === 'string' ? { name: nameOf(statement), text: statement } : statement;
    const given = typeof statement === 'string' ? values : statement.values;
    const execute = `execute ${name}${given.length === 0 ? '' : ` (${given.map(literalOf).join(', ')})`}`;
    if (this.preparedNames.has(name)) return execute;
    this.preparedNames.add(name);
    return `prepare ${name} as ${text}; ${execute}`;
  }
}

const names = new Map<string, string>();

/** For a statement without a name. Texts are constants of the program, so there are few. */
function nameOf(text: string): string {
  const name = names.get(text) ?? `keyfold_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  names.set(text, name);
  return name;
}

/** Whether the session still answers. A severity would say so too, but in the server's language. */
function isAlive(client: pg.PoolClient): Promise<boolean> {
  return client.query('rollback').then(
    () => true,
    () => false,
  );
}

type Row = Record<string, unknown>;

/**
 * Sends statements as one message, so they cost one round trip and one wake-up on either side. The first that fails
 * skips the rest. Values are part of the text: see sql-literals.ts.
 */
export async function runScript(client: pg.PoolClient, statements: readonly string[]): Promise<pg.QueryResult<Row>[]> {
  // pg answers several statements with an array, which its types do not say.
  const answer = (await client.query<Row>(statements.join('; '))) as pg.QueryResult<Row> | pg.QueryResult<Row>[];
  return Array.isArray(answer) ? answer : [answer];
}
