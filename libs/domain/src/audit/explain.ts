import type { LogRecord, Opening } from '../log/index.js';
import {
  type AccessReason,
  apiKeyStream,
  decideAccess,
  emptyFacts,
  type FactsView,
  foldFacts,
  isExistingKey,
  type ReadEvent,
  readEvent,
  userStream,
} from '../model/index.js';
import { minimalSubset } from './minimal-subset.js';
import { openedIn, type World, WORLDS } from './unknown-values.js';

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
  const owner = ownerOf(records, question.keyId);
  const concerned = records.filter(({ record }) => isConcerning(record.stream, question.keyId, owner));
  const cases = WORLDS.map((world) => caseOf(concerned, world, question));
  const answer = answerOf(cases, [...concerned.keys()]);
  const because = minimalSubset(concerned.length, (kept) => answerOf(cases, kept) === answer);
  return {
    allowed: answer === ALLOWED,
    reason: answer === ALLOWED ? null : answer,
    because: because.flatMap((at) => concerned[at]?.record ?? []),
  };
}

/** Whether records of a stream may decide over a key. @param ownerId null for a key that the log does not have */
export function isConcerning(stream: string, keyId: string, ownerId: string | null): boolean {
  if (stream.startsWith('settings/') || stream.startsWith('role/')) return true;
  return stream === apiKeyStream(keyId) || (ownerId !== null && stream === userStream(ownerId));
}

/** The owner that the key's first record names; null if there is none. */
export function ownerOf(records: readonly AuditedRecord[], keyId: string): string | null {
  const first = records.find(({ record }) => record.stream === apiKeyStream(keyId));
  const userId = first?.record.data['userId'];
  return typeof userId === 'string' ? userId : null;
}

const ALLOWED = 'ALLOWED';
type Answer = AccessReason | typeof ALLOWED | 'UNDETERMINED';

/** The records as they would be read if the values that nobody knows were of one kind, and what is asked then. */
interface Case {
  readonly reads: readonly ReadEvent[];
  readonly question: AccessQuestion;
}

function caseOf(records: readonly AuditedRecord[], world: World, question: AccessQuestion): Case {
  const reads = records.map(({ record, openings }) =>
    readEvent(record, openedIn(world, { record, openings, question })),
  );
  // Without a name the owner's own is meant, whatever it was: fixed here, since a part of the records may not say it.
  const username = question.username ?? ownNameOf(fold(reads), question.keyId);
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
  const facts = fold(kept.flatMap((at) => reads[at] ?? []));
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

function fold(reads: readonly ReadEvent[]): FactsView {
  const facts = emptyFacts();
  for (const read of reads) foldFacts(facts, read);
  return facts;
}
