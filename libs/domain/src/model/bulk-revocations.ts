import type { ExistingApiKey } from './api-key.js';
import type { RevocationReason } from './events.js';

/** A revocation of all keys that match, issued before its own position. A member that is null does not restrict. */
export type BulkRevocation = {
  readonly position: number;
  readonly atMs: number;
  readonly userId: string | null;
  readonly issuedBeforeMs: number | null;
  readonly reason: RevocationReason;
};

/**
 * Whether a bulk revocation can concern keys of a user.
 *
 * @param userId the user that it names; null for none
 */
export function mayConcern(userId: string | null, ownerId: string): boolean {
  return userId === null || userId === ownerId;
}

/** Whether the bulk revocation concerns the key. */
export function concerns(revocation: BulkRevocation, key: ExistingApiKey): boolean {
  return (
    key.issuedPosition < revocation.position &&
    mayConcern(revocation.userId, key.userId) &&
    (revocation.issuedBeforeMs === null || key.issuedAtMs < revocation.issuedBeforeMs)
  );
}

/**
 * The revocations that still decide anything once another one has been recorded: an earlier one whose keys the later
 * one concerns as well is left out, so the list grows with the users named and not with the revocations. Says which
 * keys are revoked, not since when.
 *
 * @param revocations in the order of their positions
 * @param later recorded behind all of them; log times never go back, so no key from before `earlier` was issued after
 *   it
 */
export function withRevocation(
  revocations: readonly BulkRevocation[],
  later: BulkRevocation,
): readonly BulkRevocation[] {
  const endMs = later.issuedBeforeMs ?? Number.POSITIVE_INFINITY;
  const isCovered = (earlier: BulkRevocation): boolean =>
    (later.userId === null || later.userId === earlier.userId) &&
    Math.min(earlier.issuedBeforeMs ?? Number.POSITIVE_INFINITY, earlier.atMs + 1) <= endMs;
  return [...revocations.filter((earlier) => !isCovered(earlier)), later];
}

/**
 * Whether one of the bulk revocations concerns the key: what looking through the list with {@link concerns} finds, at a
 * price that does not grow with their number.
 * @param revocations in the order of their positions, and never changed
 */
export function isBulkRevoked(key: ExistingApiKey, revocations: readonly BulkRevocation[]): boolean {
  if (revocations.length === 0) return false;
  let index = indexes.get(revocations);
  if (index === undefined) indexes.set(revocations, (index = new RevocationIndex(revocations)));
  return index.concerns(key);
}

// States are immutable, so the index can hang on the list itself and dies with it.
const indexes = new WeakMap<readonly BulkRevocation[], RevocationIndex>();

class RevocationIndex {
  private readonly ofAll = new Steps();
  private readonly ofUser = new Map<string, Steps>();

  constructor(revocations: readonly BulkRevocation[]) {
    for (const revocation of revocations) this.stepsOf(revocation.userId).add(revocation);
  }

  concerns(key: ExistingApiKey): boolean {
    return this.ofAll.concern(key) || this.ofUser.get(key.userId)?.concern(key) === true;
  }

  private stepsOf(userId: string | null): Steps {
    if (userId === null) return this.ofAll;
    let steps = this.ofUser.get(userId);
    if (steps === undefined) this.ofUser.set(userId, (steps = new Steps()));
    return steps;
  }
}

/**
 * Revocations of the same keys but for when these were issued. One is left out if a later one reaches at least as far:
 * what is left goes up in position and down in the instant that it reaches to, mostly a step or two.
 */
class Steps {
  private readonly positions: number[] = [];
  private readonly endsMs: number[] = [];

  add({ issuedBeforeMs, position }: BulkRevocation): void {
    const endMs = issuedBeforeMs ?? Number.POSITIVE_INFINITY;
    while ((this.endsMs.at(-1) ?? Number.NaN) <= endMs) {
      this.endsMs.pop();
      this.positions.pop();
    }
    this.endsMs.push(endMs);
    this.positions.push(position);
  }

  /** Of the steps after the key's issue the first reaches furthest. */
  concern({ issuedAtMs, issuedPosition }: ExistingApiKey): boolean {
    let [low, high] = [0, this.positions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (issuedPosition < (this.positions[middle] ?? Number.NaN)) high = middle;
      else low = middle + 1;
    }
    return issuedAtMs < (this.endsMs[low] ?? Number.NEGATIVE_INFINITY);
  }
}
