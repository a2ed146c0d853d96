import type { ApiKeyEvent, ReadEvent, RecordedEvent } from '@keyfold/domain';
import type { NewNotice } from './notice.js';

/** What a record of a key tells the key's owner, if anything. */
export function noticeOf(read: ReadEvent): NewNotice | null {
  if (read.kind !== 'event' || read.category !== 'api-key') return null;
  return ofKey(read.recorded);
}

function ofKey({ actor, event, id: keyId, recordedAt: occurredAt }: RecordedEvent<ApiKeyEvent>): NewNotice | null {
  switch (event.type) {
    case 'ApiKeyIssued':
      // The successor of a rotation comes with the notice of that rotation.
      if (event.data.predecessorId !== null) return null;
      return {
        subject: `issued/${keyId}`,
        type: 'ApiKeyIssued',
        keyId,
        occurredAt,
        data: { pending: false, createdBy: actor },
      };
    case 'ApiKeyPromised':
      return {
        subject: `issued/${keyId}`,
        type: 'ApiKeyIssued',
        keyId,
        occurredAt,
        data: { pending: true, createdBy: actor },
      };
    case 'ApiKeyClaimed':
      return null;
    case 'ApiKeySuperseded': {
      const { graceSeconds, successorId } = event.data;
      return {
        subject: `rotated/${keyId}`,
        type: 'ApiKeyRotated',
        keyId,
        occurredAt,
        data: { successorId, graceSeconds },
      };
    }
    case 'ApiKeyRevoked':
      return {
        subject: `revoked/${keyId}`,
        type: 'ApiKeyRevoked',
        keyId,
        occurredAt,
        data: { reason: event.data.reason },
      };
  }
}
