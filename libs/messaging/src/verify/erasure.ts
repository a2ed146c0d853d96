import { decodeLeaf, leafHash, type LogRecord, verifyInclusion } from '@keyfold/domain';
import { FeedProblem } from '../protocol/errors.js';
import { categoryOf, FEED_CATEGORIES, FEED_FIELDS } from '../protocol/names.js';

/** Type of the event that erases a person; its stream `user/<id>` names whom. */
const ERASURE_TYPE = 'UserErased';

/** The sealed fields of a record that a gateway must be able to read, unless their erasure is proven. */
export function requiredFields(record: LogRecord): string[] {
  if (!FEED_CATEGORIES.has(categoryOf(record.stream))) return [];
  return Object.keys(record.sealed).filter((field) => FEED_FIELDS.has(field));
}

/** The user a record itself says it is about: the user of `user/<id>`, or the `userId` in a key's record. */
export function concernedUser(record: LogRecord): string | null {
  const category = categoryOf(record.stream);
  if (category === 'user') return record.stream.slice(category.length + 1);
  const { userId } = record.data;
  return category === 'api-key' && typeof userId === 'string' ? userId : null;
}

/** Whether this record erases a person. */
export function isErasure(record: LogRecord): boolean {
  return record.type === ERASURE_TYPE && categoryOf(record.stream) === 'user';
}

/** Whether `erasure` is the erasure of this user, after `record`: only then may openings of the record be missing. */
export function isErasureOf(erasure: LogRecord, userId: string, record: LogRecord): boolean {
  return erasure.type === ERASURE_TYPE && erasure.stream === `user/${userId}` && erasure.position > record.position;
}

/** A record with its inclusion proof in the tree of a head that the gateway has verified. */
export interface ProvenRecord {
  readonly leaf: Uint8Array;
  readonly position: number;
  readonly proof: readonly Uint8Array[];
}

/** Records whose inclusion in a verified head has been checked, asked whether they explain a missing opening. */
export class ErasureProofs {
  private constructor(private readonly records: readonly LogRecord[]) {}

  static readonly none = new ErasureProofs([]);

  /**
   * @param head the head that the gateway has verified; the proofs are in its tree
   * @throws FeedProblem `BAD_REPLY` if any of the proofs fails
   */
  static verify(proven: readonly ProvenRecord[], head: { size: number; root: Uint8Array } | null): ErasureProofs {
    if (proven.length === 0) return ErasureProofs.none;
    if (head === null) throw new FeedProblem('BAD_REPLY', 'proofs without a head to check them in');
    return new ErasureProofs(proven.map((claim) => verified(claim, head)));
  }

  /** Whether the openings of this record may be missing: the user it concerns has been erased after it. */
  explains(record: LogRecord): boolean {
    const userId = concernedUser(record) ?? this.ownerOf(record.stream);
    return userId !== null && this.records.some((erasure) => isErasureOf(erasure, userId, record));
  }

  // A claim's record names no user; the record that made the key does, and comes along proven like the erasure.
  private ownerOf(stream: string): string | null {
    const owning = this.records.find((record) => record.stream === stream && concernedUser(record) !== null);
    return owning === undefined ? null : concernedUser(owning);
  }
}

function verified(claim: ProvenRecord, head: { size: number; root: Uint8Array }): LogRecord {
  const isIncluded =
    claim.position <= head.size &&
    verifyInclusion({
      leafHash: leafHash(claim.leaf),
      leafIndex: claim.position - 1,
      treeSize: head.size,
      proof: claim.proof,
      root: head.root,
    });
  if (!isIncluded) throw new FeedProblem('BAD_REPLY', `the inclusion of record ${claim.position} is not proven`);
  return decodeLeaf(claim.leaf);
}
