import type { JsonValue, LogRecord, Opening } from '../log/index.js';
import { foldUsername, readEvent } from '../model/index.js';

/**
 * What a value that was erased since, or is not shown, may have been: what the request needs, or something else. A
 * decision that is the same in every case does not depend on it.
 */
export interface World {
  readonly username: 'fits' | 'differs';
  readonly ranges: 'fit' | 'differ';
}

/** Every case. */
export const WORLDS: readonly World[] = [
  { username: 'fits', ranges: 'fit' },
  { username: 'differs', ranges: 'fit' },
  { username: 'fits', ranges: 'differ' },
  { username: 'differs', ranges: 'differ' },
];

/**
 * Stands for a hash that the record has and nobody can see: the secret is taken as proven. In the form of one, and the
 * hash of nothing.
 */
const SOME_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
const EVERYWHERE: readonly string[] = ['0.0.0.0/0', '::/0'];
/** Two single addresses, kept for documentation (RFC 5737): one of them is not the request's. */
const NOWHERE = ['192.0.2.1/32', '198.51.100.1/32'] as const;

type Openings = Readonly<Record<string, Opening>>;

/** The sealed fields that a decision may depend on. */
const DECIDING = ['secretHash', 'username', 'allowedIpRanges'] as const;

/** Whether nothing of the record is missing that a decision may depend on: it says the same in every world. */
export function isKnown({ openings, record }: { readonly record: LogRecord; readonly openings: Openings }): boolean {
  return DECIDING.every((field) => record.sealed[field] === undefined || openings[field] !== undefined);
}

/** The openings of a record with every missing one that decides access made up, as the case has it. */
export function openedIn(
  world: World,
  {
    record,
    openings,
    question,
  }: {
    record: LogRecord;
    openings: Openings;
    question: { readonly username: string | null; readonly ip: string | null };
  },
): Openings {
  const missing = Object.keys(record.sealed).filter((field) => openings[field] === undefined);
  if (missing.length === 0) return openings;
  const some = asked(world, question);
  const guess = filled(record, openings, missing, some);
  // A name that this form of record cannot hold (an apostrophe in the first one) is certainly another.
  if (readEvent(record, guess).kind !== 'invalid') return guess;
  return filled(record, openings, missing, { ...some, username: otherName(question.username) });
}

type Guess = Readonly<Record<(typeof DECIDING)[number], JsonValue>>;

function asked(world: World, question: { readonly username: string | null; readonly ip: string | null }): Guess {
  const { ip, username } = question;
  const isOther = world.username === 'differs' && username !== null;
  return {
    secretHash: SOME_HASH,
    // Without a name the owner's own is asked for, so any will do.
    username: isOther ? otherName(username) : foldUsername(username ?? 'a'),
    allowedIpRanges: world.ranges === 'fit' ? EVERYWHERE : [ip === '192.0.2.1' ? NOWHERE[1] : NOWHERE[0]],
  };
}

function otherName(username: string | null): string {
  return username !== null && foldUsername(username) === 'a' ? 'b' : 'a';
}

function filled(record: LogRecord, openings: Openings, missing: readonly string[], some: Guess): Openings {
  const made = DECIDING.filter((field) => missing.includes(field)).map(
    (field) => [field, { salt: '', value: some[field] }] as const,
  );
  return { ...openings, ...Object.fromEntries(made) };
}
