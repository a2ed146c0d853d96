import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '@keyfold/domain';
import type { FactChange } from '../facts/fact.js';
import { EXTRA_COLUMNS, ownerOf } from '../projection/fact-tables.js';

/** A row of the projection as its table has it, whatever is in it. */
export interface StoredRow {
  readonly id: string;
  readonly version: number;
  /** JSON text. */
  readonly state: string;
  /** JSON text; null where the table has no such column. */
  readonly commitments: string | null;
  /** Null where the table has no such column. */
  readonly userId: string | null;
}

/** The row that a fold of all of a stream's records writes. */
export function rowOf(change: FactChange): StoredRow {
  const { category, commitments, fact, id } = change;
  const columns = EXTRA_COLUMNS[category];
  return {
    id,
    version: fact.version,
    state: JSON.stringify(fact.state),
    commitments: columns.includes('commitments') ? JSON.stringify(commitments) : null,
    userId: columns.includes('user_id') ? ownerOf(change) : null,
  };
}

/**
 * What is different, for a log line: names of columns and of members of the state, and never a value.
 *
 * @param stored as the table has it; null if it has no such row
 * @param expected as the log says; null if it has no such stream
 * @returns null if the two say the same
 */
export function rowDifference(stored: StoredRow | null, expected: StoredRow | null): string | null {
  if (stored === null || expected === null) {
    if (stored === expected) return null;
    return stored === null ? 'the row is missing' : 'the log has no such stream';
  }
  const found = [
    ...(stored.version === expected.version ? [] : ['version']),
    ...(stored.userId === expected.userId ? [] : ['user_id']),
    ...(isSameJson(stored.commitments, expected.commitments) ? [] : ['commitments']),
    ...stateDifferences(stored.state, expected.state),
  ];
  return found.length === 0 ? null : found.join(', ');
}

/** Whether two texts are read as the same value. Most are the same letter by letter. */
function isSameJson(one: string | null, other: string | null): boolean {
  if (one === other) return true;
  return one !== null && other !== null && isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
}

function stateDifferences(stored: string, expected: string): string[] {
  if (stored === expected) return [];
  const held: unknown = JSON.parse(stored);
  // Written by a fold, so it is an object.
  const right = JSON.parse(expected) as JsonObject;
  if (isDeepStrictEqual(held, right)) return [];
  if (typeof held !== 'object' || held === null || Array.isArray(held)) return ['state'];
  const members = held as JsonObject;
  const named = Object.keys(right).filter((name) => !isDeepStrictEqual(members[name], right[name]));
  // Whoever has written into the table has chosen the names of further members.
  const isLarger = Object.keys(members).some((name) => !Object.hasOwn(right, name));
  return [...named.map((name) => `state.${name}`), ...(isLarger ? ['further members of state'] : [])];
}
