import { type FactsView, isRevoked, type IssuedApiKey, keyStatus } from '@keyfold/domain';
import { type CommandRecord, type DoneCommand, type Effect, isDone } from '../history.js';
import { FactsAlong, type SeenRecord } from '../log-copy.js';

/** The records that one request has appended. */
type Group = SeenRecord['record'][];

/**
 * What is wrong between commands and log: each that was answered with success is in the log exactly once, each that was
 * refused not at all, each without an answer at most once, nothing that nobody asked for; and what comes after an
 * answer has a later position.
 */
export function problemsOfCommands(commands: readonly CommandRecord[], records: readonly SeenRecord[]): string[] {
  const groups = groupsOf(records);
  const problems = [
    ...commands.flatMap((command) => problemsOfCommand(command, records, groups)),
    ...problemsOfOrder(commands),
    ...problemsOfEffects(commands, records),
  ];
  const unknown = commands.filter(({ outcome }) => outcome === 'unknown');
  for (const [id, group] of groups) {
    const explained = unknown.findIndex((command) => isOf(command, group));
    if (explained >= 0) unknown.splice(explained, 1);
    else problems.push(`nobody asked for ${describe(group)} (${id})`);
  }
  return problems;
}

/** By request, those of people; what the system does by itself has no command. */
function groupsOf(records: readonly SeenRecord[]): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const { record } of records) {
    if (record.actor === 'system' || record.stream.startsWith('audit/')) continue;
    const group = groups.get(record.correlationId);
    if (group === undefined) groups.set(record.correlationId, [record]);
    else group.push(record);
  }
  return groups;
}

/** Takes the group that it explains out of the map. */
function problemsOfCommand(
  command: CommandRecord,
  records: readonly SeenRecord[],
  groups: Map<string, Group>,
): string[] {
  const { code, label, outcome, requestIds, status } = command;
  const own = requestIds.filter((id) => groups.has(id));
  if (status >= 500 && status !== 503) return [`${label}: answered with ${status}`];
  if (status === 400) return [`${label}: the run itself is wrong: ${code}`];
  if (own.length > 1) return [`${label}: happened twice`];
  if (isDone(command)) return problemsOfSuccess(command, { own: own[0], groups, records });
  if (outcome === 'unknown') return [];
  return own.map((id) => `${label}: refused with ${status}, and yet there is ${describe(groups.get(id) ?? [])}`);
}

function problemsOfSuccess(
  command: DoneCommand,
  given: { own: string | undefined; groups: Map<string, Group>; records: readonly SeenRecord[] },
): string[] {
  const { label, position } = command;
  const at = given.records[position - 1]?.record.correlationId;
  if (at === undefined) return [`${label}: success at position ${position} of ${given.records.length}`];
  // A repeat is answered by what an attempt without an answer did; then the request is not one that we know.
  const wasRepeated = command.lost + command.maybes > 0;
  const [id, group] = groupOf(given.own ?? (wasRepeated ? at : ''), given.groups);
  // Nothing was to be done, now or ever since; whether that is so, its effect shows.
  if (given.own === undefined && !isOf(command, group)) return [];
  given.groups.delete(id);
  return problemsOfGroup(command, group);
}

function problemsOfGroup(command: DoneCommand, group: Group): string[] {
  const times = group.filter((record) => isOf(command, [record])).length;
  const isLast = group.at(-1)?.position === command.position;
  if (times === 1 && isLast) return [];
  return [`${command.label}: answered with ${command.position}, done ${times} times: ${describe(group)}`];
}

function groupOf(id: string, groups: ReadonlyMap<string, Group>): [string, Group] {
  return [id, groups.get(id) ?? []];
}

function isOf({ actor, event, stream }: CommandRecord, group: Group): boolean {
  return group.some(
    (record) => record.actor === actor && record.type === event && (stream === null || record.stream === stream),
  );
}

function describe(group: Group): string {
  return group.map(({ position, stream, type }) => `${type} of ${stream} at ${position}`).join(', ') || 'nothing';
}

/**
 * What was sent after an answer cannot stand before it. One that changes nothing names the head, which may be the same
 * position.
 */
function problemsOfOrder(commands: readonly CommandRecord[]): string[] {
  const done = commands.filter(isDone);
  const byAnswer = done.toSorted((one, other) => one.answeredAt.ms - other.answeredAt.ms);
  const problems: string[] = [];
  let newest: DoneCommand | undefined;
  for (const later of done.toSorted((one, other) => one.sentAt.ms - other.sentAt.ms)) {
    for (let next = byAnswer[0]; next !== undefined && next.answeredAt.ms < later.sentAt.ms; next = byAnswer[0]) {
      byAnswer.shift();
      if (newest === undefined || next.position > newest.position) newest = next;
    }
    if (newest !== undefined && later.position < newest.position)
      problems.push(
        `${later.label}: at ${later.position}, although "${newest.label}" at ${newest.position} was before`,
      );
  }
  return problems;
}

function problemsOfEffects(commands: readonly CommandRecord[], records: readonly SeenRecord[]): string[] {
  const along = new FactsAlong(records);
  return commands
    .filter(isDone)
    .filter(({ position }) => position <= records.length)
    .toSorted((one, other) => one.position - other.position)
    .filter(
      ({ answeredAt, effect, position }) => effect !== null && !holds(effect, along.at(position), answeredAt.wallMs),
    )
    .map(({ effect, label, position }) => `${label}: at ${position} it is not so: ${JSON.stringify(effect)}`);
}

function holds(effect: Effect, facts: FactsView, atMs: number): boolean {
  const isSo = HOLDS[effect.is] as (effect: Effect, facts: FactsView, atMs: number) => boolean;
  return isSo(effect, facts, atMs);
}

type Holds<Is extends Effect['is']> = (effect: Effect & { is: Is }, facts: FactsView, atMs: number) => boolean;

const HOLDS: { readonly [Is in Effect['is']]: Holds<Is> } = {
  'key issued': (effect, facts) => issuedKey(effect, facts) !== null,
  'key revoked': (effect, facts) => {
    const key = issuedKey(effect, facts);
    return key !== null && isRevoked(key, facts.settings, facts.users.get(key.userId));
  },
  'key superseded': (effect, facts) => typeof issuedKey(effect, facts)?.supersededUntilMs === 'number',
  'keys of user revoked': ({ userId }, facts, atMs) =>
    [...facts.keys.values()].every(
      (key) => key.status !== 'issued' || key.userId !== userId || hasEnded(key, facts, atMs),
    ),
  'role held': ({ roleId, userId }, facts) => rolesOf(facts, userId).includes(roleId),
  'role not held': ({ roleId, userId }, facts) => !rolesOf(facts, userId).includes(roleId),
  exists: ({ userId }, { users }) => users.has(userId),
  active: ({ userId }, { users }) => users.get(userId)?.status === 'active',
  deactivated: ({ userId }, { users }) => users.get(userId)?.status === 'deactivated',
  erased: ({ userId }, { users }) => users.get(userId)?.status === 'erased',
  setting: ({ name, value }, { settings }) =>
    new Map<string, unknown>(Object.entries(settings.settings)).get(name) === value,
};

function issuedKey({ keyId }: { readonly keyId: string }, { keys }: FactsView): IssuedApiKey | null {
  const key = keys.get(keyId);
  return key?.status === 'issued' ? key : null;
}

/** What has ended by itself needs no revocation. */
function hasEnded(key: IssuedApiKey, { settings, users }: FactsView, atMs: number): boolean {
  return keyStatus(key, settings, atMs, users.get(key.userId)) !== 'active';
}

function rolesOf({ users }: FactsView, userId: string): readonly string[] {
  const user = users.get(userId);
  return user !== undefined && 'roleIds' in user ? user.roleIds : [];
}
