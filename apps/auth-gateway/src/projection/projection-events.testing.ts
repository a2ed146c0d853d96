import type { NewEvent } from '@keyfold/domain';
import { type Entry, event, phcHash, TestLog } from '../../../../libs/domain/test/test-log.js';

export function userCreated(id: string): NewEvent {
  return event(`user/${id}`, 'UserCreated', { supervisorId: null }, { username: id });
}

export function keyIssued(id: string, userId: string): NewEvent {
  return event(
    `api-key/${id}`,
    'ApiKeyIssued',
    { userId, expiry: { days: 9 }, readOnly: false, scopes: [], rateLimit: null, hint: 'aB3x', predecessorId: null },
    { secretHash: phcHash(), name: 'of a person', allowedIpRanges: ['10.0.0.0/8'] },
  );
}

export function revoked(id: string): NewEvent {
  return event(`api-key/${id}`, 'ApiKeyRevoked', { reason: 'UNSPECIFIED' });
}

/** A log of these events, of one instant. */
export function logOf(...events: NewEvent[]): Entry[] {
  const log = new TestLog();
  for (const event of events) log.append(event, { atMs: 1_772_000_000_000 });
  return log.entries;
}
