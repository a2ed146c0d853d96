import type { LogSource, SourceRecord } from '../ports/log-source.js';
import { concernedUser, isErasureOf, type ProvenRecord, requiredFields } from '../verify/erasure.js';

/**
 * For one refill: the records that explain why openings are missing (erasures, and who owns the keys concerned), each
 * with its inclusion proof in the head that the gateway knows. What lies behind that head is left out: the gateway
 * could not check it.
 */
export class ErasureReasons {
  private readonly proven = new Map<number, ProvenRecord>();

  constructor(
    private readonly source: Pick<LogSource, 'readStreams' | 'inclusionProofs'>,
    private readonly headSize: number | null,
  ) {}

  /** @returns a function that gives the reasons of each of these records; none for those with all openings */
  async of(records: readonly SourceRecord[]): Promise<(record: SourceRecord) => readonly ProvenRecord[]> {
    const { headSize } = this;
    const lacking = headSize === null ? [] : records.filter(lacksOpening);
    if (headSize === null || lacking.length === 0) return () => [];
    const owners = await this.ownersOf(lacking);
    const erasures = await this.streams(lacking.flatMap((stored) => userStreamOf(stored, owners) ?? []));
    const reasons = new Map<SourceRecord, SourceRecord[]>();
    for (const stored of lacking) {
      const owning = owners.get(stored.record.stream);
      const userId = concernedUser(owning?.record ?? stored.record);
      const erasure = erasures.find(({ record }) => userId !== null && isErasureOf(record, userId, stored.record));
      const known = [erasure, owning].filter((reason) => reason !== undefined);
      reasons.set(
        stored,
        known.filter(({ record }) => record.position <= headSize),
      );
    }
    await this.prove([...reasons.values()].flat(), headSize);
    return (stored) => (reasons.get(stored) ?? []).flatMap(({ record }) => this.proven.get(record.position) ?? []);
  }

  /** For records that do not name their user: the record of the same stream that does, by stream. */
  private async ownersOf(lacking: readonly SourceRecord[]): Promise<ReadonlyMap<string, SourceRecord>> {
    const unowned = lacking.filter(({ record }) => concernedUser(record) === null);
    const named = (await this.streams(unowned.map(({ record }) => record.stream))).filter(
      ({ record }) => concernedUser(record) !== null,
    );
    // The first of each stream.
    return new Map(named.toReversed().map((stored) => [stored.record.stream, stored]));
  }

  private async streams(names: readonly string[]): Promise<readonly SourceRecord[]> {
    if (names.length === 0) return [];
    const tails = [...new Set(names)].map((stream) => ({ stream, after: 0 }));
    return (await this.source.readStreams(tails)).records;
  }

  private async prove(reasons: readonly SourceRecord[], headSize: number): Promise<void> {
    const leaves = new Map(reasons.map(({ leaf, record }) => [record.position, leaf]));
    const missing = [...leaves].filter(([position]) => !this.proven.has(position));
    if (missing.length === 0) return;
    const proofs = await this.source.inclusionProofs(
      missing.map(([position]) => position - 1),
      headSize,
    );
    missing.forEach(([position, leaf], nth) => this.proven.set(position, { leaf, position, proof: proofs[nth] ?? [] }));
  }
}

function lacksOpening({ openings, record }: SourceRecord): boolean {
  return !requiredFields(record).every((field) => Object.hasOwn(openings, field));
}

function userStreamOf({ record }: SourceRecord, owners: ReadonlyMap<string, SourceRecord>): string | null {
  const userId = concernedUser(owners.get(record.stream)?.record ?? record);
  return userId === null ? null : `user/${userId}`;
}
