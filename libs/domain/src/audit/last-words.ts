import type { LogRecord } from '../log/index.js';
import { emptyFacts, foldFacts, readEvent } from '../model/index.js';

/**
 * A guess at the records that still count: those of which a part was not said again by a later one of their stream.
 * Only a guess, since what a record means is for the fold to say: whoever uses it checks that what is left says the
 * same. It keeps too many rather than too few.
 *
 * @param records each stream's in order
 * @returns their places, in order
 */
export function lastWords(records: readonly LogRecord[]): number[] {
  const said = new Set<string>();
  const kept: number[] = [];
  for (const [place, record] of [...records.entries()].reverse()) {
    const subjects = subjectsOf(record);
    if (subjects === null || subjects.some((subject) => !said.has(subject))) kept.push(place);
    for (const subject of subjects ?? []) said.add(subject);
  }
  return kept.reverse();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What a record says something about that a later one may overwrite; null where nothing is known of that. */
function subjectsOf({ data, sealed, stream, type }: LogRecord): string[] | null {
  switch (type) {
    case 'SecuritySettingsChanged':
    case 'RoleChanged':
      return subjectsIn(`${stream} ${type}`, data['after'] ?? null);
    case 'UserChanged':
    case 'UserPasswordSet':
      return [...subjectsIn(`${stream} ${type}`, data), ...subjectsIn(`${stream} ${type}`, sealed)];
    case 'RoleGranted':
    case 'RoleWithdrawn':
      return [`${stream} role ${JSON.stringify(data['roleId'])}`];
    case 'UserDeactivated':
    case 'UserReactivated':
      return [`${stream} status`];
    default:
      return null;
  }
}

function subjectsIn(prefix: string, members: unknown): string[] {
  return isObject(members) ? Object.keys(members).map((name) => `${prefix} ${name}`) : [];
}

/**
 * Records of the settings or of a role that fold into the same state as all those given, and so do with any records
 * that follow: what a reader needs to keep of a long stream.
 *
 * @param records of one stream, in order, from its first one or from such a basis on
 * @throws UnknownEventError if one of them is not known to this version
 */
export function basisOf(records: readonly LogRecord[]): readonly LogRecord[] {
  const basis = lastWords(records).flatMap((place) => records[place] ?? []);
  return stateAfter(basis) === stateAfter(records) ? basis : records;
}

function stateAfter(records: readonly LogRecord[]): string {
  const facts = emptyFacts();
  // They seal nothing.
  for (const record of records) foldFacts(facts, readEvent(record, {}));
  return JSON.stringify([facts.settings, ...facts.roles]);
}
