import {
  foldApiKey,
  foldRole,
  foldSettings,
  foldUser,
  initialApiKeyState,
  initialRoleState,
  initialSettingsState,
  initialUserState,
  type LogRecord,
  type ReadEvent,
  readEvent,
  SETTINGS_STREAM,
} from '@keyfold/domain';
import { FEED_FIELDS, type VerifiedRecord } from '@keyfold/messaging';
import type { Commitments, Fact, FactChange } from '../facts/fact.js';

/** A record of the four categories that this version does not know. To pass over it could mean to miss a revocation. */
export class UnknownRecordError extends Error {
  override readonly name = 'UnknownRecordError';
}

/** The tables and the log do not fit together: somebody has changed the tables, or they belong to another log. */
export class ProjectionDamagedError extends Error {
  override readonly name = 'ProjectionDamagedError';

  constructor(
    message: string,
    /** Whose row does not fit. */
    readonly stream: string,
  ) {
    super(message);
  }
}

/** What a record of a known type with invalid data has made unusable. */
export interface UnusableRecord {
  readonly stream: string;
  readonly position: number;
  readonly detail: string;
}

export interface FoldedBatch {
  readonly changes: readonly FactChange[];
  readonly unusable: readonly UnusableRecord[];
  /** Records of streams that did not begin here and of which there was no fact at hand, in order. */
  readonly leftOut: readonly VerifiedRecord[];
}

/** Where folding goes on from; undefined if the fact is not at hand. */
export type BaseLookup = (category: FactChange['category'], id: string) => FactChange['fact'] | undefined;

type Interpreted = Exclude<ReadEvent, { kind: 'unknown' | 'other' }>;

/**
 * Folds records onto the facts they concern, in order.
 *
 * @param base the fact before the first of these records
 * @throws UnknownRecordError, ProjectionDamagedError; then nothing of the batch may be applied
 */
export function foldBatch(records: readonly VerifiedRecord[], base: BaseLookup): FoldedBatch {
  const changes = new Map<string, FactChange>();
  const unusable: UnusableRecord[] = [];
  const leftOut: VerifiedRecord[] = [];
  for (const verified of records) {
    const { record } = verified;
    const read = readEvent(record, verified.openings);
    if (read.kind === 'other') continue;
    if (read.kind === 'unknown') throw new UnknownRecordError(`position ${read.position}: ${read.detail}`);
    const change = changeBy(read, record, changes.get(record.stream), base);
    if (change === undefined) {
      leftOut.push(verified);
      continue;
    }
    changes.set(record.stream, change);
    if (read.kind === 'invalid') unusable.push({ stream: read.stream, position: read.position, detail: read.detail });
  }
  return { changes: [...changes.values()], unusable, leftOut };
}

function changeBy(
  read: Interpreted,
  record: LogRecord,
  before: FactChange | undefined,
  base: BaseLookup,
): FactChange | undefined {
  const { position, stream, version } = record;
  const id = stream.slice(read.category.length + 1);
  const commitments = commitmentsAfter(before?.commitments, record.sealed);
  // A stream that begins here has no fact, so none is looked for: that would be most of the work of a new gateway. A
  // row that is there all the same is overwritten, or makes the COPY fail.
  if (before === undefined && version === 1)
    return evolve(read, undefined, { stream, id, isNew: true, position, version, commitments });
  const fact = before?.fact ?? base(read.category, id);
  if (fact === undefined) return undefined;
  if (version !== fact.version + 1)
    throw new ProjectionDamagedError(
      `${stream} is at version ${fact.version} here and at ${version} in the log`,
      stream,
    );
  return evolve(read, fact, { stream, id, isNew: before?.isNew ?? false, position, version, commitments });
}

interface At {
  readonly stream: string;
  readonly id: string;
  readonly isNew: boolean;
  readonly position: number;
  readonly version: number;
  readonly commitments: Commitments;
}

const NO_COMMITMENTS: Commitments = {};

/**
 * Of the fields whose values rows hold: what a row says can be held against the log, and erasing a value leaves what it
 * was committed to.
 */
function commitmentsAfter(before: Commitments = NO_COMMITMENTS, sealed: Commitments): Commitments {
  const held = Object.entries(sealed).filter(([field]) => FEED_FIELDS.has(field));
  return held.length === 0 ? before : { ...before, ...Object.fromEntries(held) };
}

function evolve(read: Interpreted, fact: FactChange['fact'] | undefined, at: At): FactChange {
  const { version, ...place } = at;
  switch (read.category) {
    case 'settings':
      if (at.stream !== SETTINGS_STREAM)
        throw new UnknownRecordError(`position ${at.position}: the stream ${at.stream}`);
      return {
        ...place,
        category: 'settings',
        fact: { version, state: foldSettings(stateOr(fact, initialSettingsState), read) },
      };
    case 'role':
      return { ...place, category: 'role', fact: { version, state: foldRole(stateOr(fact, initialRoleState), read) } };
    case 'user':
      return { ...place, category: 'user', fact: { version, state: foldUser(stateOr(fact, initialUserState), read) } };
    case 'api-key':
      return {
        ...place,
        category: 'api-key',
        fact: { version, state: foldApiKey(stateOr(fact, initialApiKeyState), read) },
      };
  }
}

/** The fact was looked up by the category of the record, so its state is of that category. */
function stateOr<State>(fact: FactChange['fact'] | undefined, initial: State): State {
  return fact === undefined ? initial : (fact as unknown as Fact<State>).state;
}
