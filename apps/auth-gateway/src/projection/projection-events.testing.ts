import type { NewEvent } from '@keyfold/domain';
import { phcHash, TestLog, type Entry } from '../../../../libs/domain/test/test-log.js';

/** An event of schema version 1. */
export function changed(
  stream: string,
  type: string,
  data: NewEvent['data'] = {},
  sealed: NewEvent['sealed'] = {},
): NewEvent {
  return { stream, type, schemaVersion: 1, data, sealed };
}

export function userCreated(id: string): NewEvent {
  return changed(`user/${id}`, 'UserCreated', { supervisorId: null }, { username: id });
}

export function keyIssued(id: string, userId: string): NewEvent {
  return changed(
    `api-key/${id}`,
    'ApiKeyIssued',
    { userId, expiry: { days: 9 }, readOnly: false, scopes: [], rateLimit: null, hint: 'aB3x', predecessorId: null },
    { secretHash: phcHash(), name: 'of a person', allowedIpRanges: ['10.0.0.0/8'] },
  );
}

export function revoked(id: string): NewEvent {
  return changed(`api-key/${id}`, 'ApiKeyRevoked', { reason: 'UNSPECIFIED' });
}

/** A log of these events, of one instant. */
export function logOf(...events: NewEvent[]): Entry[] {
  const log = new TestLog();
  for (const event of events) log.append(event, { atMs: 1_772_000_000_000 });
  return log.entries;
}
