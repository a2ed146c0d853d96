import type { Pool } from 'pg';
import type { Logger } from '@keyfold/service-kit';

/** Proofs made close together are written together. */
const COLLECT_MS = 50;
/** More than this are forgotten: a proof that is not written costs one Argon2 after a restart. */
const MAX_PENDING = 10_000;

/** Writes remembered proofs to the projection, behind the requests that made them. */
export class ProofStore {
  private readonly pending = new Map<string, Buffer>();
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: Pool,
    private readonly log: Logger,
  ) {}

  remember(keyId: string, proof: Buffer): void {
    if (this.pending.size >= MAX_PENDING) return;
    this.pending.set(keyId, proof);
    this.timer ??= setTimeout(() => void this.flush(), COLLECT_MS);
  }

  /** The proof in the table, whichever process of this gateway has made it. @throws what Postgres throws */
  async readProof(keyId: string): Promise<Buffer | null> {
    const { rows } = await this.pool.query<{ proof: Buffer }>({
      name: 'read-proof',
      text: 'select proof from remembered_proofs where key_id = $1::text',
      values: [keyId],
    });
    return rows[0]?.proof ?? null;
  }

  /** Writes what is pending; resolves when it is written or given up. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    // In the order of the keys: two processes that write the same ones must not wait for each other in a circle.
    const proofs = [...this.pending].sort(([a], [b]) => (a < b ? -1 : 1));
    this.pending.clear();
    if (proofs.length > 0) this.writing = this.writing.then(() => this.write(proofs));
    return this.writing;
  }

  private async write(proofs: readonly (readonly [string, Buffer])[]): Promise<void> {
    try {
      await this.pool.query({
        name: 'remember-proofs',
        text: `
          insert into remembered_proofs (key_id, proof)
          select made.key_id, made.proof
          from unnest($1::text[], $2::bytea[]) as made (key_id, proof)
          on conflict (key_id) do update
          set proof = excluded.proof`,
        values: [proofs.map(([keyId]) => keyId), proofs.map(([, proof]) => proof)],
      });
    } catch (error) {
      this.log.warn({ err: error }, 'proofs could not be stored; their keys are proven again after a restart');
    }
  }
}
