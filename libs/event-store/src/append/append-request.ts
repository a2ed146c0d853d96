import type { DomainError, JsonObject, NewEvent } from '@keyfold/domain';
import type { HeldClaim } from '../idempotency.js';
import type { Tx } from '../prepared.js';
import type { StoredRecord } from '../read/records.js';

/** Records that this process has committed together, and the tree that they were appended to. */
export interface CommittedRecords {
  /** That has committed them, as `LogHead.server` names it. */
  readonly server: string;
  /** `frontier` holds the hashes of the perfect subtrees, as `Frontier.toBytes` gives them. */
  readonly before: { readonly size: number; readonly frontier: Buffer };
  readonly records: readonly StoredRecord[];
}

/** A state of the log's tree. */
export interface LogState {
  readonly size: number;
  readonly root: Buffer;
}

/**
 * Decides whether this process may append to the log that it finds. A log that has lost its tail, or another log, must
 * not grow.
 */
export interface AppendGate {
  /**
   * Asked before each transaction, outside of it.
   *
   * @param server that the session is on, as `LogHead.server` names it
   * @throws if nothing may be appended there; every append that waits fails with it
   */
  admit(server: string): Promise<void>;
  /** Asked under the head lock, before anything is written. @throws like {@link admit} */
  check(head: { readonly size: number; root(): Buffer }): void;
  /** Told what the log has become by an append of this process. */
  committed(head: LogState): void;
}

/** What an append wrote. Of one that wrote nothing, `lastPosition` is the head and `records` is empty. */
export interface AppendedEvents {
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly records: readonly StoredRecord[];
}

/**
 * Marks the claim of an idempotency key as answered, by the same commit as the events; refused if it was taken over.
 */
export interface IdempotentCompletion extends HeldClaim {
  /** The answer to remember: a 2xx status and a body without secrets and personal values. Must not throw or wait. */
  readonly complete: (appended: AppendedEvents) => { status: number; body: JsonObject };
}

/** A guard found that what the decision was read from has changed: it has to be made again. */
export const OUTDATED = 'outdated';

/** Null if nothing speaks against the append; an error is the caller's answer. */
export type GuardVerdict = DomainError | typeof OUTDATED | null;

export interface AppendRequest {
  /** The stream versions that the decision rests on; 0 means that the stream does not exist. */
  readonly expected: readonly { readonly stream: string; readonly version: number }[];
  /** In order, over one or several streams; a stream may appear more than once. */
  readonly events: readonly NewEvent[];
  readonly actor: string;
  readonly correlationId: string;
  /**
   * What the versions do not cover: rules about sets, and whatever else the decision was read from. Also asked of an
   * append without events, whose "nothing to do" would otherwise hold at no position. Reads under the head lock, and
   * sees what every earlier append did, those in the same transaction included. Its verdict counts if the versions are
   * the expected ones. May run more than once for one append, so it only reads.
   */
  readonly guard?: (tx: Tx) => Promise<GuardVerdict>;
  readonly idempotency?: IdempotentCompletion;
}

export type AppendOutcome =
  | { kind: 'appended'; firstPosition: number; lastPosition: number; records: StoredRecord[] }
  | { kind: 'unchanged'; headPosition: number }
  | { kind: 'version-conflict'; stream: string; actualVersion: number }
  /** By the guard's verdict; nothing was appended. */
  | { kind: 'outdated' }
  | { kind: 'refused'; error: DomainError };

/** Read models that change in the append's transaction. */
export interface InlineProjection<Known = unknown> {
  readonly name: string;
  /**
   * Reads, under the head lock, what {@link apply} will need to know of streams that may get records and may have some.
   * Sent with the statement that takes the lock, so it costs no round trip.
   */
  read?(tx: Tx, streams: readonly string[]): Promise<Known>;
  /**
   * Records in order of position, possibly of several appends. May run again after a rollback.
   *
   * @param known what `read` gave at the beginning of this transaction; the same at each call in it
   */
  apply(tx: Tx, records: readonly StoredRecord[], known: Known): Promise<void>;
}
