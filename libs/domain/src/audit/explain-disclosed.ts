import type { Opening } from '../log/index.js';
import { type AccessQuestion, answerTo, type AuditedRecord, explainAccess, type Explanation } from './explain.js';

/** An answer, and what had to be opened for it. */
export interface DisclosedExplanation extends Explanation {
  /** The sealed values that the answer rests on, by the positions of their records (first to last); null if on none. */
  readonly disclosed: { readonly from: number; readonly to: number; readonly fields: readonly string[] } | null;
}

/**
 * {@link explainAccess} for somebody who may not see sealed values, or whose every look at them has to be recorded. The
 * answer is first sought without them. Only where it is open, and only for who may see them, it rests on those that the
 * question is about: the user name if one was given, the address ranges if an address was.
 *
 * Without the permission the answer is therefore the same whatever the sealed values are.
 *
 * @param mayReveal whether whoever asks may see sealed values
 */
export function explainDisclosed(
  records: readonly AuditedRecord[],
  question: AccessQuestion,
  mayReveal: boolean,
): DisclosedExplanation {
  const withheld = answerTo(withOpenings(records, []), question);
  if (!mayReveal || withheld.reason !== 'UNDETERMINED') return { ...withheld.explain(), disclosed: null };
  const opened = withOpenings(records, disclosableFields(question));
  const used = opened.filter(({ openings }) => Object.keys(openings).length > 0);
  const [first, last] = [used[0], used.at(-1)];
  // Erased, all of them: there is nothing more to know.
  if (first === undefined || last === undefined) return { ...withheld.explain(), disclosed: null };
  const fields = [...new Set(used.flatMap(({ openings }) => Object.keys(openings)))].sort();
  const disclosed = { from: first.record.position, to: last.record.position, fields };
  return { ...explainAccess(opened, question), disclosed };
}

/** Whether the answer is open without sealed values: only then {@link explainDisclosed} looks at them. */
export function isOpenWithout(records: readonly AuditedRecord[], question: AccessQuestion): boolean {
  return answerTo(withOpenings(records, []), question).reason === 'UNDETERMINED';
}

/** The sealed fields that an answer may rest on: the user name if one is given, the address ranges if an address is. */
export function disclosableFields({ ip, username }: AccessQuestion): string[] {
  return [...(username === null ? [] : ['username']), ...(ip === null ? [] : ['allowedIpRanges'])];
}

function withOpenings(records: readonly AuditedRecord[], fields: readonly string[]): AuditedRecord[] {
  return records.map(({ openings, record }) => ({ record, openings: some(openings, fields) }));
}

function some(openings: AuditedRecord['openings'], fields: readonly string[]): Readonly<Record<string, Opening>> {
  const kept = fields.flatMap((field) => {
    const opening = openings[field];
    return opening === undefined ? [] : [[field, opening] as const];
  });
  return Object.fromEntries(kept);
}
