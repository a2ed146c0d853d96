import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Statement, Tx } from './append-request.js';
import { runScript } from './run-script.js';
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
 * A transaction that sends what is asked of it in one turn as one message: a message costs both sides a wake-up, which is
 * more than most statements cost. A statement with values is prepared when the connection sees it first.
 */
export class AppendTx implements Tx {
  private waiting: Waiting[] = [];
  private sending: Promise<void> | null = null;
  private isDue = false;
  private failure: { readonly err: unknown } | null = null;

  /** @param preparedNames of what this connection has prepared; after a failure it may name more than that */
  constructor(
    readonly client: pg.PoolClient,
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

  /** Sends nothing more; resolves when nothing is on its way either. */
  async abandon(err: unknown): Promise<void> {
    this.failure ??= { err };
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

  /** Never rejects: the first failure is that of everything in the message and behind it, the commit at last. */
  private async sendWaiting(): Promise<void> {
    const sent = this.waiting.splice(0);
    try {
      if (this.failure !== null) throw this.failure.err;
      const results = await runScript(
        this.client,
        sent.map(({ text }) => text),
      );
      const answers = results.filter(({ command }) => command !== 'PREPARE');
      if (answers.length !== sent.length) throw new Error('a message was not answered statement by statement');
      sent.forEach(({ answer }, nth) => answer?.resolve(answers[nth] as pg.QueryResult)); // counted above
    } catch (err) {
      this.failure ??= { err };
      for (const { answer } of sent) answer?.reject(err);
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
