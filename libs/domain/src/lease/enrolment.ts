/** Slots of a gateway that get their first key of an hour at once: as many as it may have workers. */
export const MAX_SLOTS_ENROLLED_AN_HOUR = 64;
/** Further keys of these slots within the hour, all together: a process that loses its key at each start. */
export const MAX_FURTHER_ENROLMENTS_AN_HOUR = 10;
/**
 * Keys of all gateways within an hour, so that a holder of the shared secret who makes up gateways cannot fill the log.
 * No installation has so many processes: see `MAX_LEASE_ROWS`.
 */
export const MAX_ENROLMENTS_AN_HOUR = 5_000;

/**
 * Why a process got no lease with its head.
 * - `NOT_PROVEN`: the log does not know its key yet, and the request has no cosignature by it
 * - `NOT_APPROVED`: its key waits for an administrator (setting gatewayEnrolment "approved")
 * - `TOO_MANY_ENROLMENTS`: its gateway, or all together, have enrolled too many keys within an hour
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
  readonly enrolledWithinHour: EnrolledWithinHour;
}

/** Keys that were enrolled within the last hour of log time. */
export interface EnrolledWithinHour {
  /** Of the slot. */
  readonly slot: number;
  /** Of its gateway. */
  readonly gateway: number;
  /** Slots of the gateway that have got one. */
  readonly slots: number;
  /** Of all gateways. */
  readonly all: number;
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
  return hasRoom(facts.enrolledWithinHour) ? { kind: 'to-enrol' } : none('TOO_MANY_ENROLMENTS');
}

/** A key that was enrolled within the last hour of log time. */
export interface RecentEnrolment {
  readonly slot: string;
  /** Log time, milliseconds since 1970. */
  readonly atMs: number;
}

const HOUR_MS = 3_600_000;

/**
 * When a process that was told TOO_MANY_ENROLMENTS finds room, if nothing else is enrolled meanwhile.
 *
 * @param slot that it asks for
 * @param ofGateway the keys of its gateway that were enrolled within the hour, oldest first
 * @param oldestOfAllMs log time of the oldest of the last {@link MAX_ENROLMENTS_AN_HOUR} keys of all gateways, if it is
 *   within the hour; null if they are not so many
 * @param nowMs log time, milliseconds since 1970
 * @returns log time, milliseconds since 1970; `nowMs` if room has been found since the refusal
 */
export function enrolmentRoomAtMs(
  slot: string,
  ofGateway: readonly RecentEnrolment[],
  oldestOfAllMs: number | null,
  nowMs: number,
): number {
  const ofAllMs = oldestOfAllMs === null ? nowMs : oldestOfAllMs + HOUR_MS;
  const ends = ofGateway.map(({ atMs }) => atMs + HOUR_MS);
  const isFree = (left: readonly RecentEnrolment[]): boolean =>
    hasRoom({
      all: 0,
      gateway: left.length,
      slot: left.filter((enrolled) => enrolled.slot === slot).length,
      slots: new Set(left.map((enrolled) => enrolled.slot)).size,
    });
  const freeAfter = isFree(ofGateway) ? nowMs : ends.find((_, nth) => isFree(ofGateway.slice(nth + 1)));
  return Math.max(nowMs, ofAllMs, freeAfter ?? nowMs);
}

function hasRoom({ all, gateway, slot, slots }: EnrolledWithinHour): boolean {
  if (all >= MAX_ENROLMENTS_AN_HOUR) return false;
  if (slot === 0) return slots < MAX_SLOTS_ENROLLED_AN_HOUR;
  return gateway - slots < MAX_FURTHER_ENROLMENTS_AN_HOUR;
}
