import type { JsonObject, NewEvent } from '@keyfold/domain';
import type { AppendedEvents, GuardVerdict, Tx } from '@keyfold/event-store';
import type { PersonalValues } from './personal-values.js';
import type { Folded } from './stream-reader.js';

/** What a decision rests on: the streams whose versions must still be these when it is appended. */
export interface Reading<State> {
  readonly state: State;
  readonly streams: readonly Pick<Folded<unknown>, 'stream' | 'version'>[];
}

/** What a write answers. */
export interface DecidedAnswer {
  readonly status: number;
  readonly body: JsonObject;
  /** Where the body's personal values are found again for a replay; without it the body has none. */
  readonly personal?: PersonalValues;
}

/**
 * One write. Everything in it may run again when somebody else was faster, so nothing in it has an effect of its own.
 */
export interface Decision<State> {
  /** @throws ProblemError 404 if what the path names does not exist for this caller */
  readonly read: () => Promise<Reading<State>>;
  /** The stream whose version `If-Match`, and unless `answers` names another the answer's `ETag`, speak of. */
  readonly resource: string;
  /** Streams whose versions are added up where the resource is kept in several; `resource` is one of them. */
  readonly versionedBy?: readonly string[];
  /** The stream whose version is the answer's `ETag`, where the answer is another resource than the one acted on. */
  readonly answers?: string;
  /** Pure. @throws DomainError */
  readonly decide: (state: State) => readonly NewEvent[];
  /**
   * Under the head lock: rules about sets, and whether what was read beside the streams still holds, above all where it
   * led to no event. See AppendRequest.guard. The state is what was decided on, and its streams have not moved.
   */
  readonly guard?: (tx: Tx, state: State) => Promise<GuardVerdict>;
  /**
   * Where nothing was to be done: the position of the record that brought that about, which a confirmation then names.
   * Without it, or where there is no one such record, it names the head. Never later than the head that the write saw.
   */
  readonly cause?: (state: State, head: number) => Promise<number | null>;
  /** Pure: the answer after these records (none if nothing changed). */
  readonly answer: (state: State, appended: AppendedEvents) => DecidedAnswer;
}

/** What came of a write. */
export interface Written {
  readonly status: number;
  readonly body: JsonObject;
  readonly position: number;
  /**
   * What its confirmation names: the position, or for a write that found everything done the record that had done it.
   */
  readonly confirms: number;
  readonly version: number;
  /** Whether this is the remembered answer of an earlier request with the same Idempotency-Key. */
  readonly isReplay: boolean;
}
