import type { DomainError, JsonObject, LogRecord, NewEvent, Opening } from '@keyfold/domain';
import type pg from 'pg';

/** The append's transaction. Whoever gets one runs queries on it and neither ends nor releases it. */
export type Tx = pg.PoolClient;

/** A record, its bytes, and what opens its sealed fields. Openings that were erased are absent. */
export interface StoredRecord {
  readonly record: LogRecord;
  readonly leaf: Buffer;
  readonly openings: Readonly<Record<string, Opening>>;
}

/** What an append wrote. Of one that wrote nothing, `lastPosition` is the head and `records` is empty. */
export interface AppendedEvents {
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly records: readonly StoredRecord[];
}

/** Marks the claim of an idempotency key as answered, by the same commit as the events. */
export interface IdempotentCompletion {
  readonly actor: string;
  readonly key: string;
  /** The answer to remember: a 2xx status and a body without secrets and personal values. Must not throw or wait. */
  readonly complete: (appended: AppendedEvents) => { status: number; body: JsonObject };
}

export interface AppendRequest {
  /** The stream versions that the decision rests on; 0 means that the stream does not exist. */
  readonly expected: readonly { readonly stream: string; readonly version: number }[];
  /** In order, over one or several streams; a stream may appear more than once. */
  readonly events: readonly NewEvent[];
  readonly actor: string;
  readonly correlationId: string;
  /**
   * Rules about sets: runs under the head lock after the version check, and sees what every earlier append did, those in
   * the same transaction included. May run more than once for one append, so it only reads.
   */
  readonly guard?: (tx: Tx) => Promise<DomainError | null>;
  readonly idempotency?: IdempotentCompletion;
}

export type AppendOutcome =
  | { kind: 'appended'; firstPosition: number; lastPosition: number; records: StoredRecord[] }
  | { kind: 'unchanged'; headPosition: number }
  | { kind: 'version-conflict'; stream: string; actualVersion: number }
  | { kind: 'refused'; error: DomainError };

/** Read models that change in the append's transaction. */
export interface InlineProjection {
  readonly name: string;
  /** Records in order of position, possibly of several appends. May run again after a rollback. */
  apply(tx: Tx, records: readonly StoredRecord[]): Promise<void>;
}
