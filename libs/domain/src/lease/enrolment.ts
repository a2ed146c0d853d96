/**
 * At most so many keys are enrolled for one gateway within an hour of log time, so that a holder of the shared secret
 * cannot fill the log.
 */
export const MAX_ENROLMENTS_AN_HOUR = 10;

/**
 * Why a process got no lease with its head.
 * - `NOT_PROVEN`: the log does not know its key yet, and the request has no cosignature by it
 * - `NOT_APPROVED`: its key waits for an administrator (setting gatewayEnrolment "approved")
 * - `TOO_MANY_ENROLMENTS`: its gateway has enrolled {@link MAX_ENROLMENTS_AN_HOUR} keys within an hour
 * - `SLOT_TAKEN`: another key of the same slot has a lease that may still run
 * - `RETIRED`: an administrator has deleted the gateway; this key is never accepted again
 * - `RELEASED`: this incarnation has given its lease back
 * - `OTHER_PROCESS`: the incarnation is known with another slot or key
 * - `UNAVAILABLE`: its enrolment could not be recorded now
 * - `NOT_RECORDED`: its lease row could not be written
 */
export const NO_LEASE_REASONS = [
  'NOT_PROVEN',
  'NOT_APPROVED',
  'TOO_MANY_ENROLMENTS',
  'SLOT_TAKEN',
  'RETIRED',
  'RELEASED',
  'OTHER_PROCESS',
  'UNAVAILABLE',
  'NOT_RECORDED',
] as const;
/** One of {@link NO_LEASE_REASONS}. */
export type NoLeaseReason = (typeof NO_LEASE_REASONS)[number];

/** What is known of a slot of a gateway when one of its processes asks. */
export interface SlotFacts {
  readonly enrolment: 'automatic' | 'approved';
  /** The key that was enrolled last for the slot, unless it was retired. */
  readonly current: { readonly verifierKey: string; readonly position: number } | null;
  /** Whether a GatewayRetired stands behind an enrolment of the asking key. */
  readonly isKeyRetired: boolean;
  /** Whether a lease by another key of the slot may run. */
  readonly isSlotTaken: boolean;
  /** Enrolments of the gateway, whatever slot, within the last hour of log time. */
  readonly enrolledWithinHour: number;
}

/** Whether a process's key counts: by which record, not before it is enrolled by a new one, or not at all. */
export type EnrolmentVerdict =
  | { readonly kind: 'enrolled'; readonly position: number }
  | { readonly kind: 'to-enrol' }
  | { readonly kind: 'none'; readonly reason: NoLeaseReason };

/**
 * Decides whether a process may have a lease by its key. A slot has one key at a time: a new one counts once no lease
 * by another may run.
 *
 * @param process.isProven whether its request has a valid cosignature by the key: nobody enrols a key that is not
 *   theirs
 */
export function enrolmentVerdict(
  process: { readonly verifierKey: string; readonly isProven: boolean },
  facts: SlotFacts,
): EnrolmentVerdict {
  const none = (reason: NoLeaseReason): EnrolmentVerdict => ({ kind: 'none', reason });
  if (facts.isKeyRetired) return none('RETIRED');
  const isCurrent = facts.current?.verifierKey === process.verifierKey;
  if (!isCurrent && facts.enrolment === 'approved') return none('NOT_APPROVED');
  if (facts.isSlotTaken) return none('SLOT_TAKEN');
  if (isCurrent) return { kind: 'enrolled', position: facts.current.position };
  if (!process.isProven) return none('NOT_PROVEN');
  if (facts.enrolledWithinHour >= MAX_ENROLMENTS_AN_HOUR) return none('TOO_MANY_ENROLMENTS');
  return { kind: 'to-enrol' };
}
