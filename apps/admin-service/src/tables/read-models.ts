import {
  type ApiKeyState,
  type Category,
  readEvent,
  type RoleState,
  SETTINGS_STREAM,
  type UserState,
} from '@keyfold/domain';
import type { InlineProjection, StoredRecord, Tx } from '@keyfold/event-store';
import { eraseOpeningsOf, erasuresAmong, forgetTraces } from './erase-person.js';
import { type KnownRows, readRows } from './fold-rows.js';
import { forgetAddresses } from './forget-addresses.js';
import { eraseKeysOf, projectApiKeys, selectKeys } from './project-api-keys.js';
import { projectGateways } from './project-gateways.js';
import { projectRoles, selectRoles } from './project-roles.js';
import { type KnownSettings, projectBulkRevocations, projectSettings, readSettings } from './project-settings.js';
import { projectUsers, selectUsers } from './project-users.js';
import type { ProjectedRecord } from './projected-record.js';

/** What a transaction knows of the rows that it may have to change. */
interface KnownModels {
  readonly role: KnownRows<RoleState>;
  readonly user: KnownRows<UserState>;
  readonly 'api-key': KnownRows<ApiKeyState>;
  readonly settings: KnownSettings;
}

/**
 * The admin-service's own tables, written in the append's transaction: a reader never sees a state that the log does
 * not have, nor the other way round. A crash before the commit leaves neither.
 */
export const readModels: InlineProjection<KnownModels> = {
  name: 'admin-read-models',
  async read(tx: Tx, streams: readonly string[]): Promise<KnownModels> {
    const role: KnownModels['role'] = new Map();
    const user: KnownModels['user'] = new Map();
    const keys: KnownModels['api-key'] = new Map();
    const [settings] = await Promise.all([
      streams.includes(SETTINGS_STREAM) ? readSettings(tx) : { state: null },
      readRows(tx, idsOf('role', streams), { select: selectRoles, known: role }),
      readRows(tx, idsOf('user', streams), { select: selectUsers, known: user }),
      readRows(tx, idsOf('api-key', streams), { select: selectKeys, known: keys }),
    ]);
    return { role, user, 'api-key': keys, settings };
  },
  async apply(tx: Tx, records: readonly StoredRecord[], known: KnownModels): Promise<void> {
    const erasures = erasuresAmong(sortByCategory(records).user);
    // Before the rows lose the names, by which traces are found.
    forgetTraces(tx, erasures);
    await projectFacts(tx, records, known);
    await eraseOpeningsOf(tx, erasures);
    forgetAddresses(tx, erasures);
  },
};

/** The part of the projection that is a fold of the log alone: a rebuild repeats it on tables of its own. */
export async function projectFacts(
  tx: Tx,
  records: readonly StoredRecord[],
  known: KnownModels = { role: new Map(), user: new Map(), 'api-key': new Map(), settings: { state: null } },
): Promise<void> {
  const sorted = sortByCategory(records);
  const erasures = erasuresAmong(sorted.user);
  await projectRoles(tx, sorted.role, known.role);
  await projectUsers(tx, sorted.user, known.user);
  // Before the keys: one that becomes revoked notes by which revocation first.
  projectBulkRevocations(tx, sorted.settings);
  await projectApiKeys(tx, sorted['api-key'], known['api-key']);
  await eraseKeysOf(tx, erasures);
  // It has changed them behind what was read of them.
  if (erasures.length > 0) known['api-key'].clear();
  projectGateways(tx, records);
  // After the keys, some of which a revocation of this same transaction may concern.
  await projectSettings(tx, sorted.settings, known.settings);
}

const idsOf = (category: Category, streams: readonly string[]): string[] =>
  streams.filter((stream) => stream.startsWith(`${category}/`)).map(idOf);

const idOf = (stream: string): string => stream.slice(stream.indexOf('/') + 1);

type Sorted = { readonly [C in Category]: ProjectedRecord<C>[] };

function sortByCategory(records: readonly StoredRecord[]): Sorted {
  const sorted: Sorted = { settings: [], role: [], user: [], 'api-key': [] };
  for (const { record, openings } of records) {
    const read = readEvent(record, openings);
    if (read.kind === 'other') continue;
    // We wrote it a moment ago: an event that this version cannot read must not be committed at all.
    if (read.kind === 'unknown')
      throw new Error(`record ${record.position} is unknown to this version: ${read.detail}`);
    const id = idOf(record.stream);
    const { position, version, recordedAt, correlationId } = record;
    // The compiler cannot follow that list and record are of the same category.
    const list = sorted[read.category] as ProjectedRecord<Category>[];
    list.push({ read, id, position, version, recordedAt, correlationId });
  }
  return sorted;
}
