import { readEvent, type Category } from '@keyfold/domain';
import type { InlineProjection, StoredRecord, Tx } from '@keyfold/event-store';
import { forgetAddresses } from '../use/forget-addresses.js';
import { eraseOpeningsOf, erasuresAmong, forgetTraces } from './erase-person.js';
import type { ProjectedRecord } from './projected-record.js';
import { eraseKeysOf, projectApiKeys } from './project-api-keys.js';
import { projectRoles } from './project-roles.js';
import { projectSettings } from './project-settings.js';
import { projectUsers } from './project-users.js';

/**
 * The admin-service's own tables, written in the append's transaction: a reader never sees a state that the log does not have, nor the other way
 * round. A crash before the commit leaves neither.
 */
export const readModels: InlineProjection = {
  name: 'admin-read-models',
  async apply(tx: Tx, records: readonly StoredRecord[]): Promise<void> {
    const sorted = sortByCategory(records);
    await projectRoles(tx, sorted.role);
    const erasures = erasuresAmong(sorted.user);
    await forgetTraces(tx, erasures);
    await projectUsers(tx, sorted.user);
    await projectApiKeys(tx, sorted['api-key']);
    await eraseKeysOf(tx, erasures);
    await eraseOpeningsOf(tx, erasures);
    await forgetAddresses(tx, sorted.user);
    // After the keys, some of which a revocation of this same transaction may concern.
    await projectSettings(tx, sorted.settings);
  },
};

type Sorted = { readonly [C in Category]: ProjectedRecord<C>[] };

function sortByCategory(records: readonly StoredRecord[]): Sorted {
  const sorted: Sorted = { settings: [], role: [], user: [], 'api-key': [] };
  for (const { record, openings } of records) {
    const read = readEvent(record, openings);
    if (read.kind === 'other') continue;
    // We wrote it a moment ago: an event that this version cannot read must not be committed at all.
    if (read.kind === 'unknown')
      throw new Error(`record ${record.position} is unknown to this version: ${read.detail}`);
    const id = record.stream.slice(record.stream.indexOf('/') + 1);
    const { position, version, recordedAt, correlationId } = record;
    // The compiler cannot follow that list and record are of the same category.
    const list = sorted[read.category] as ProjectedRecord<Category>[];
    list.push({ read, id, position, version, recordedAt, correlationId });
  }
  return sorted;
}
