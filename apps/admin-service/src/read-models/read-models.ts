import { readEvent, type Category } from '@keyfold/domain';
import type { InlineProjection, StoredRecord, Tx } from '@keyfold/event-store';
import { forgetAddresses } from '../use/forget-addresses.js';
import type { ProjectedRecord } from './projected-record.js';
import { projectApiKeys } from './project-api-keys.js';
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
    await projectSettings(tx, sorted.settings);
    await projectRoles(tx, sorted.role);
    await projectUsers(tx, sorted.user);
    await projectApiKeys(tx, sorted['api-key']);
    await forgetAddresses(tx, sorted.user);
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
