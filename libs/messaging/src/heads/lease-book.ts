import type { NoLeaseReason } from '@keyfold/domain';
import type { HeadRequest } from './signed-head.js';

/** A cosignature that has been verified: by the process's key, of a checkpoint by the log's. */
export interface VerifiedCosignature {
  /** Of the checkpoint; that the log extends it is still to be checked. */
  readonly size: number;
  readonly root: Buffer;
  /** Seconds since 1970, as the process says. */
  readonly timeSeconds: number;
  /** The line that the checkpoint's note carries it by, its newline included. */
  readonly line: string;
}

/** An authentic head request, with what its process has signed. */
export interface LeaseAsk {
  readonly request: HeadRequest;
  /** Null where the request brings none. */
  readonly cosignature: VerifiedCosignature | null;
  /** Whether the process gives its lease back; its signature has been verified. */
  readonly isRelease: boolean;
}

/** What was committed for one request. */
export interface LeaseGrant {
  /** 0: no lease. */
  readonly leaseSeconds: number;
  /** Null where there is a lease. */
  readonly noLease: NoLeaseReason | null;
  /** Log time from which on there may be one, where that is known. RFC 3339, milliseconds. */
  readonly retryAt?: string;
}

/** The lease rows; the admin-service keeps them in Postgres. */
export interface LeaseBook {
  /**
   * Enrols the process's key if that is to be, before its request is committed. Never fails: without it there is no
   * lease.
   */
  admit(ask: LeaseAsk): Promise<void>;
  /**
   * Commits the rows of these requests in one transaction and flushes them. Resolves after the commit, so that a head
   * read then holds every write whose confirmation does not see the rows.
   *
   * @returns what the rows say, in the order of the requests, and the log time committed with them (RFC 3339,
   *   milliseconds)
   */
  commit(asks: readonly LeaseAsk[]): Promise<{ readonly logTime: string; readonly grants: readonly LeaseGrant[] }>;
}
