import type { Pool } from 'pg';
import { type ApiKeyState, isExistingKey, isOver, type SettingsState, type UserState } from '@keyfold/domain';
import type { Logger } from '@keyfold/service-kit';

const INTERVAL_MS = 10_000;
const ROWS_AT_ONCE = 500;

export interface EndedProofsParts {
  readonly pool: Pool;
  readonly facts: { readonly settings: SettingsState };
  /** Without a lease nothing is known to have ended. */
  readonly freshness: { decisionTimeMs(): number | null };
}

/**
 * Forgets the proofs of keys that no setting can bring back: what is kept grows with the keys that live, not with all
 * that there ever were. Goes through the table a page at a time, round and round. A proof that goes too early, or is
 * written again by a request with an ended key, costs one Argon2 or one row until the next round.
 */
export class EndedProofs {
  private after = '';
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: EndedProofsParts,
    private readonly log: Pick<Logger, 'warn'>,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running = this.nextPage().catch((error: unknown) => {
        this.log.warn({ err: error }, 'proofs of ended keys could not be deleted; will retry');
      });
    }, INTERVAL_MS);
    this.timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** @returns whether there are further pages before the table begins again */
  async nextPage(): Promise<boolean> {
    const { facts, freshness, pool } = this.parts;
    const nowMs = freshness.decisionTimeMs();
    if (nowMs === null) return false;
    const { rows } = await pool.query<ProvenKeyRow>({ ...selectPage, values: [this.after, ROWS_AT_ONCE] });
    const ended = rows.filter(({ key, owner }) =>
      hasEnded(key, owner ?? undefined, { settings: facts.settings, nowMs }),
    );
    if (ended.length > 0) await pool.query({ ...deleteProofs, values: [ended.map(({ key_id: keyId }) => keyId)] });
    const isLast = rows.length < ROWS_AT_ONCE;
    this.after = isLast ? '' : (rows.at(-1)?.key_id ?? '');
    return !isLast;
  }
}

function hasEnded(
  key: ApiKeyState,
  owner: UserState | undefined,
  { settings, nowMs }: { settings: SettingsState; nowMs: number },
): boolean {
  return isExistingKey(key) && isOver(key, settings, nowMs, owner);
}

interface ProvenKeyRow {
  readonly key_id: string;
  readonly key: ApiKeyState;
  readonly owner: UserState | null;
}

// A key without a row may come: proofs survive a rebuild of the tables and are carried over to new ones.
const selectPage = {
  name: 'page-of-proofs',
  text: `
    select p.key_id, k.state as key, u.state as owner
    from remembered_proofs p
    join api_keys k on k.key_id = p.key_id
    left join users u on u.user_id = k.user_id
    where p.key_id > $1::text
    order by p.key_id
    limit $2::integer`,
};

const deleteProofs = {
  name: 'forget-proofs',
  text: 'delete from remembered_proofs where key_id = any ($1::text[])',
};
