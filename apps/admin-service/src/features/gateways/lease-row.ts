import {
  appliedAfter,
  enrolmentVerdict,
  type KeptReply,
  type LeaseTerms,
  leaseTermsAfter,
  NO_LEASE,
  type NoLeaseReason,
  olderLeaseTermsAfter,
} from '@keyfold/domain';
import type { LeaseAsk, LeaseGrant } from '@keyfold/messaging';
import { slotFactsOf, type SlotFactsRow } from './slot-facts.js';

/** A row of keyfold.gateway_leases as far as it is written here; see the migration for each column. */
export interface LeaseRow {
  readonly gateway_id: string;
  readonly incarnation: string;
  readonly slot: string | null;
  readonly verifier_key: string | null;
  readonly enrolled_position: number | null;
  readonly version: string | null;
  readonly no_lease: string | null;
  readonly applied_position: number;
  readonly lease_seconds: number;
  readonly longest_seconds: number;
  readonly kept_replies: readonly KeptReply[];
  /** 0 for a row that is not there yet. */
  readonly renewal: number;
  readonly ended: 'released' | 'run-out' | null;
  readonly cosigned_size: number | null;
  /** Null: as it is. */
  readonly cosignature: string | null;
  readonly cosigned_at_seconds: number | null;
}

/** What decides beside the row and the request. */
export interface LeaseMoment extends SlotFactsRow {
  /** The setting gatewayLeaseSeconds in the transaction that commits the row. */
  readonly setting_seconds: number;
}

/** Why the key was not enrolled before the row was read, and when there is room again. */
export interface EnrolmentRefusal {
  readonly reason: Extract<NoLeaseReason, 'TOO_MANY_ENROLMENTS'>;
  /** Log time, RFC 3339. */
  readonly retryAt: string;
}

/**
 * The row after a request, and what the reply says.
 *
 * @param before the row as it was read; null if there is none
 * @param refusal why the key was not enrolled for this request; null if that is not known
 * @returns a row that is null stays as it is. Its `renewal` is the caller's to count
 */
export function rowAfter(
  before: LeaseRow | null,
  ask: LeaseAsk,
  moment: LeaseMoment & { readonly refusal: EnrolmentRefusal | null },
): { readonly row: LeaseRow | null; readonly grant: LeaseGrant } {
  const known = before ?? emptyRow(ask);
  const verdict = verdictOf(known, ask, moment);
  const noLease = typeof verdict === 'string' ? verdict : null;
  const leaseSeconds = noLease === null ? moment.setting_seconds : 0;
  const grant = { leaseSeconds, noLease, ...retryOf(noLease, moment.refusal) };
  // Another process uses the incarnation of a known one: it must not change that one's row.
  if (noLease === 'OTHER_PROCESS') return { row: null, grant };
  const ended = endedAfter(known, ask, leaseSeconds);
  const terms = ended === 'released' ? NO_LEASE : termsAfter(known, ask, leaseSeconds);
  const row: LeaseRow = {
    ...known,
    ...cosignatureAfter(known, ask),
    enrolled_position: typeof verdict === 'number' ? verdict : known.enrolled_position,
    version: ask.request.process?.version ?? known.version,
    no_lease: noLease,
    applied_position: appliedAfter(known.applied_position, ask.request.appliedSize),
    lease_seconds: leaseSeconds,
    longest_seconds: terms.longestSeconds,
    kept_replies: terms.kept,
    ended,
  };
  return { row, grant };
}

/** @returns why there is no lease; else the position of the enrolment, or null for an older peer */
function verdictOf(
  known: LeaseRow,
  ask: LeaseAsk,
  moment: LeaseMoment & { readonly refusal: EnrolmentRefusal | null },
): NoLeaseReason | number | null {
  const { process } = ask.request;
  // An older peer, or a newer one that a replica of an older version has made speak the older form.
  if (process === undefined) return olderVerdictOf(known, moment);
  if (known.slot !== process.slot || known.verifier_key !== process.verifierKey) return 'OTHER_PROCESS';
  if (ask.isRelease || known.ended === 'released') return 'RELEASED';
  const asking = { verifierKey: process.verifierKey, isProven: ask.cosignature !== null };
  const verdict = enrolmentVerdict(asking, slotFactsOf(moment));
  switch (verdict.kind) {
    case 'enrolled':
      return verdict.position;
    case 'to-enrol':
      return whyNotEnrolled(moment);
    case 'none':
      return verdict.reason;
  }
}

/** It should have been enrolled before: the log could not be written to, unless that was refused. */
function whyNotEnrolled({ refusal }: { readonly refusal: EnrolmentRefusal | null }): NoLeaseReason {
  return refusal?.reason ?? 'UNAVAILABLE';
}

function retryOf(noLease: NoLeaseReason | null, refusal: EnrolmentRefusal | null): Pick<LeaseGrant, 'retryAt'> {
  return refusal === null || noLease !== refusal.reason ? {} : { retryAt: refusal.retryAt };
}

function olderVerdictOf(known: LeaseRow, { enrolment }: LeaseMoment): NoLeaseReason | null {
  if (known.ended === 'released') return 'RELEASED';
  return enrolment === 'automatic' ? null : 'NOT_APPROVED';
}

function endedAfter(known: LeaseRow, ask: LeaseAsk, leaseSeconds: number): LeaseRow['ended'] {
  if (ask.isRelease || known.ended === 'released') return 'released';
  return leaseSeconds > 0 ? null : known.ended;
}

function termsAfter(known: LeaseRow, { request }: LeaseAsk, leaseSeconds: number): LeaseTerms {
  const before: LeaseTerms =
    known.ended === null ? { kept: known.kept_replies, longestSeconds: known.longest_seconds } : NO_LEASE;
  // No reply is taken back: what is out stays out.
  if (known.ended !== null && leaseSeconds === 0)
    return { kept: known.kept_replies, longestSeconds: known.longest_seconds };
  return request.process === undefined
    ? olderLeaseTermsAfter(before, leaseSeconds)
    : leaseTermsAfter(before, { nonce: request.nonce, held: request.held, leaseSeconds });
}

type Cosigned = Pick<LeaseRow, 'cosigned_size' | 'cosignature' | 'cosigned_at_seconds'>;

/** A request that came late brings an older cosignature than is known. */
function cosignatureAfter(known: LeaseRow, { cosignature }: LeaseAsk): Cosigned {
  const { cosigned_at_seconds, cosigned_size } = known;
  if (cosignature === null || cosignature.size <= (cosigned_size ?? -1))
    return { cosigned_size, cosignature: known.cosignature, cosigned_at_seconds };
  return {
    cosigned_size: cosignature.size,
    cosignature: cosignature.line,
    cosigned_at_seconds: cosignature.timeSeconds,
  };
}

function emptyRow({ request }: LeaseAsk): LeaseRow {
  const { gatewayId, incarnation, process } = request;
  return {
    gateway_id: gatewayId,
    incarnation,
    slot: process?.slot ?? null,
    verifier_key: process?.verifierKey ?? null,
    enrolled_position: null,
    version: null,
    no_lease: null,
    applied_position: 0,
    lease_seconds: 0,
    longest_seconds: 0,
    kept_replies: [],
    renewal: 0,
    ended: null,
    cosigned_size: null,
    cosignature: null,
    cosigned_at_seconds: null,
  };
}
