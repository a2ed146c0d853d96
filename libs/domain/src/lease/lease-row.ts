/** A reply that a process may still answer by: its nonce and the lease that it gave. */
export type KeptReply = readonly [nonce: string, leaseSeconds: number];

/** What a lease row says of the replies that its process may hold. */
export interface LeaseTerms {
  /**
   * Oldest first: the reply that the process says it holds and all later ones. An older peer's are one entry without a
   * name.
   */
  readonly kept: readonly KeptReply[];
  /**
   * The longest lease that may be out: of {@link kept}, or of replies that are not named there any more. Confirmations
   * count by it.
   */
  readonly longestSeconds: number;
}

/** A request that gets a lease, as far as the row's length depends on it. */
export interface LeaseAnswer {
  readonly nonce: string;
  /** Nonce of the reply that the process holds its lease by; null before the first. */
  readonly held: string | null;
  readonly leaseSeconds: number;
}

/** Before the first reply, and once a lease is over. */
export const NO_LEASE: LeaseTerms = { kept: [], longestSeconds: 0 };

/**
 * Replies that are named in a row. A process asks again before it has applied at most this often; beyond, the oldest
 * lose their names, and their lengths count until the process holds one that is named.
 */
export const MAX_KEPT_REPLIES = 16;

/** The reply whose nonce nobody can name: it stands for the ones before those that are. */
const UNNAMED = '';

/**
 * The terms after a reply: the longest length among the reply that the process says it holds and all later ones.
 *
 * A reply that was given later than the one held may still come into force, and one from before it cannot: a process
 * has one request outstanding, so it never goes back to an earlier reply. One that it names but that is not known here
 * leaves everything as it is, on the long side.
 */
export function leaseTermsAfter(terms: LeaseTerms, { held, leaseSeconds, nonce }: LeaseAnswer): LeaseTerms {
  const heldAt = held === null ? -1 : terms.kept.findIndex(([known]) => known === held && known !== UNNAMED);
  const still = heldAt < 0 ? terms.kept : terms.kept.slice(heldAt);
  const kept = withinLimit(leaseSeconds > 0 ? [...still, [nonce, leaseSeconds]] : still);
  return { kept, longestSeconds: longestOf(kept) };
}

/**
 * The terms after a reply to an older peer, whose replies are not named: it keeps its longest length until its lease is
 * over.
 */
export function olderLeaseTermsAfter(terms: LeaseTerms, leaseSeconds: number): LeaseTerms {
  const longestSeconds = Math.max(terms.longestSeconds, leaseSeconds);
  return longestSeconds === 0 ? NO_LEASE : { kept: [[UNNAMED, longestSeconds]], longestSeconds };
}

/**
 * The applied position of a row never decreases within an incarnation: a request that came late says less than is
 * known.
 */
export function appliedAfter(known: number, claimed: number): number {
  return Math.max(known, claimed);
}

/**
 * How long after its first read of a row a replica has to wait, on its own monotonic clock, until the row's lease is
 * over, in milliseconds: clocks may run apart by 1 %, and a gateway notices by its next look at the time.
 */
export function leaseOverAfterMs(longestSeconds: number): number {
  return longestSeconds === 0 ? 0 : longestSeconds * 1_010 + 250;
}

function withinLimit(kept: readonly KeptReply[]): readonly KeptReply[] {
  if (kept.length <= MAX_KEPT_REPLIES) return kept;
  const unnamed = kept.slice(0, kept.length - MAX_KEPT_REPLIES + 1);
  return [[UNNAMED, longestOf(unnamed)], ...kept.slice(unnamed.length)];
}

function longestOf(kept: readonly KeptReply[]): number {
  return kept.reduce((longest, [, seconds]) => Math.max(longest, seconds), 0);
}
