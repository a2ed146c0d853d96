import type { LogRecord, Opening } from '../log/index.js';
import {
  type AccessReason,
  apiKeyStream,
  decideAccess,
  emptyFacts,
  type FactsView,
  foldFacts,
  isExistingKey,
  mayConcern,
  type ReadEvent,
  readEvent,
  userStream,
} from '../model/index.js';
import { lastWords } from './last-words.js';
import { minimalSubset } from './minimal-subset.js';
import { isKnown, openedIn, WORLDS } from './unknown-values.js';

/**
 * A record as an auditor has it: openings that were erased, or not shown, are missing. Those that are there must have
 * been verified.
 */
export interface AuditedRecord {
  readonly record: LogRecord;
  readonly openings: Readonly<Record<string, Opening>>;
}

/**
 * Whether somebody who proves the secret of this key would have been let in. Limits whose input is not given refuse, as
 * at a gateway.
 */
export interface AccessQuestion {
  readonly keyId: string;
  /** Null: the owner's own. */
  readonly username: string | null;
  readonly method: string | null;
  readonly ip: string | null;
  readonly scopes: readonly string[];
  /** The log's clock, milliseconds since 1970. */
  readonly nowMs: number;
}

/** The answer, and why. */
export interface Explanation {
  readonly allowed: boolean;
  /** Null if allowed; UNDETERMINED where it depends on a value that is not known any more, or not shown. */
  readonly reason: AccessReason | 'UNDETERMINED' | null;
  /**
   * The records that make it so, in order: folding them alone gives this answer, and folding them without any one of
   * them gives another. None where the answer rests on no record at all, as for a key that does not exist.
   */
  readonly because: readonly LogRecord[];
}

/**
 * Explains a decision by the gateway's own {@link decideAccess} on the facts that the records say.
 *
 * @param records in order of position, up to the one whose facts are asked for; those for which
 *   {@link isConcerning} is false do no harm
 * @throws UnknownEventError if a record that decides access is not known to this version
 */
export function explainAccess(records: readonly AuditedRecord[], question: AccessQuestion): Explanation {
  return answerTo(records, question).explain();
}

/** An answer, and how to get its reasons: to find these takes many times as long. */
export interface OpenAnswer extends Pick<Explanation, 'reason'> {
  readonly explain: () => Explanation;
}

/** The answer of {@link explainAccess}, before the records that make it so are sought. */
export function answerTo(records: readonly AuditedRecord[], question: AccessQuestion): OpenAnswer {
  const owner = ownerOf(
    records.map(({ record }) => record),
    question.keyId,
  );
  const concerned = records.filter(
    ({ record }) => isConcerning(record.stream, question.keyId, owner) && !isRevocationOfOthers(record, owner),
  );
  const cases = casesOf(concerned, question);
  const answer = answerOf(cases, [...concerned.keys()]);
  const reason = answer === ALLOWED ? null : answer;
  const explain = (): Explanation => {
    const because = neededOf(
      concerned.map(({ record }) => record),
      (kept) => answerOf(cases, kept) === answer,
    );
    return { allowed: reason === null, reason, because: because.flatMap((at) => concerned[at]?.record ?? []) };
  };
  return { reason, explain };
}

/**
 * Whether a record revokes keys of other users alone, as {@link mayConcern} says: thousands of these cost a fold the
 * square of their number. One that cannot be read is none, since it makes the settings unusable for all.
 */
function isRevocationOfOthers(record: LogRecord, ownerId: string | null): boolean {
  if (ownerId === null || record.type !== 'ApiKeysBulkRevoked') return false;
  const read = readEvent(record, {});
  if (read.kind !== 'event' || read.category !== 'settings') return false;
  const { event } = read.recorded;
  return event.type === 'ApiKeysBulkRevoked' && !mayConcern(event.data.filter.userId ?? null, ownerId);
}

/** Whether records of a stream may decide over a key. @param ownerId null for a key that the log does not have */
export function isConcerning(stream: string, keyId: string, ownerId: string | null): boolean {
  if (stream.startsWith('settings/') || stream.startsWith('role/')) return true;
  return stream === apiKeyStream(keyId) || (ownerId !== null && stream === userStream(ownerId));
}

/** The owner that the key's first record names; null if there is none. */
export function ownerOf(records: readonly LogRecord[], keyId: string): string | null {
  const userId = records.find(({ stream }) => stream === apiKeyStream(keyId))?.data['userId'];
  return typeof userId === 'string' ? userId : null;
}

/**
 * First what was overwritten goes, if the rest does give the answer: that leaves little of most streams, however long
 * they are. Then stream by stream, the longest first, since in one stream alone few and short folds find what is needed
 * of it. What is left is small, and is then looked at as a whole.
 */
function neededOf(records: readonly LogRecord[], holds: (kept: readonly number[]) => boolean): number[] {
  const last = lastWords(records);
  let kept = holds(last) ? last : [...records.keys()];
  for (const places of placesByStream(records, kept)) {
    const own = new Set(places);
    const others = kept.filter((place) => !own.has(place));
    const together = (some: readonly number[]): number[] => [...others, ...some].sort((left, right) => left - right);
    const needed = minimalSubset(places.length, (some) => holds(together(pick(places, some))));
    kept = together(pick(places, needed));
  }
  const left = kept;
  const needed = minimalSubset(left.length, (some) => holds(pick(left, some)));
  return pick(left, needed);
}

function pick(places: readonly number[], some: readonly number[]): number[] {
  return some.flatMap((at) => places[at] ?? []);
}

function placesByStream(records: readonly LogRecord[], places: readonly number[]): number[][] {
  const streams = Map.groupBy(places, (place) => records[place]?.stream);
  return [...streams.values()].sort((left, right) => right.length - left.length);
}

const ALLOWED = 'ALLOWED';
type Answer = AccessReason | typeof ALLOWED | 'UNDETERMINED';

/** The records as they would be read if the values that nobody knows were of one kind, and what is asked then. */
interface Case {
  readonly reads: readonly ReadEvent[];
  readonly question: AccessQuestion;
}

/** Worlds that make up the same values are one case: where nothing is missing there is one. */
function casesOf(records: readonly AuditedRecord[], question: AccessQuestion): Case[] {
  const cases = new Map<string, Case>();
  // Most records are the same in every world, and are read once.
  const known = records.map((own) => (isKnown(own) ? readEvent(own.record, own.openings) : null));
  for (const world of WORLDS) {
    const madeUp = records.map((own, at) => (known[at] === null ? openedIn(world, { ...own, question }) : null));
    const values = JSON.stringify(madeUp.filter((openings) => openings !== null));
    if (cases.has(values)) continue;
    const reads = records.map(({ record }, at) => known[at] ?? readEvent(record, madeUp[at] ?? {}));
    cases.set(values, caseOf(reads, question));
  }
  return [...cases.values()];
}

function caseOf(reads: readonly ReadEvent[], question: AccessQuestion): Case {
  // Without a name the owner's own is meant, whatever it was: fixed here, since a part of the records may not say it.
  const username = question.username ?? ownNameOf(fold(reads, reads.keys()), question.keyId);
  return { reads, question: { ...question, username } };
}

function ownNameOf(facts: FactsView, keyId: string): string {
  const key = facts.keys.get(keyId);
  const user = isExistingKey(key) ? facts.users.get(key.userId) : undefined;
  return user?.status === 'active' || user?.status === 'deactivated' ? (user.username ?? '') : '';
}

function answerOf(cases: readonly Case[], kept: readonly number[]): Answer {
  const answers = new Set(cases.map((one) => decide(one, kept)));
  const [first] = answers;
  return answers.size === 1 && first !== undefined ? first : 'UNDETERMINED';
}

function decide({ question, reads }: Case, kept: readonly number[]): Answer {
  const facts = fold(reads, kept);
  const key = facts.keys.get(question.keyId);
  const decision = decideAccess(
    {
      settings: facts.settings,
      key,
      user: isExistingKey(key) ? facts.users.get(key.userId) : undefined,
      role: (id) => facts.roles.get(id),
    },
    {
      proof: 'proven',
      username: question.username ?? '',
      method: question.method,
      ip: question.ip,
      scopes: question.scopes,
      limits: 'apply',
    },
    question.nowMs,
  );
  return decision.allowed ? ALLOWED : decision.reason;
}

function fold(reads: readonly ReadEvent[], places: Iterable<number>): FactsView {
  const facts = emptyFacts();
  for (const place of places) {
    const read = reads[place];
    if (read !== undefined) foldFacts(facts, read);
  }
  return facts;
}
