import { apiKeyStream, foldApiKey, isExistingKey, type JsonObject } from '@keyfold/domain';
import type { AppendedEvents } from '@keyfold/event-store';
import { foldRecords } from '../../write/stream-reader.js';
import { apiKeyResource } from './api-key-resource.js';
import type { KeySituation } from './key-situation.js';

/** The key resource as it is right after the records of a write. */
export function keyAfter(
  situation: KeySituation,
  keyId: string,
  { records }: AppendedEvents,
  lastUsedAt: Date | null = null,
): JsonObject {
  const stream = apiKeyStream(keyId);
  const own = records.filter(({ record }) => record.stream === stream);
  const key = foldRecords({ category: 'api-key', initial: situation.key, fold: foldApiKey }, own);
  if (!isExistingKey(key)) throw new Error(`key ${keyId} does not exist after its own write`);
  const recordedAtMs = Date.parse(records.at(-1)?.record.recordedAt ?? '') || 0;
  const { settings, owner, role } = situation.context;
  const { bulkRevocation } = situation;
  // Not before the record that made it so: the clock was read before the append.
  return apiKeyResource(
    key,
    { settings, owner, role, bulkRevocation, nowMs: Math.max(situation.nowMs, recordedAtMs) },
    lastUsedAt,
  );
}
