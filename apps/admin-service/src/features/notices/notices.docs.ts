import { type FeatureDocs, operation, operationsOf } from '../../http/api-docs.js';
import type { NoticesController } from './notices.controller.js';

const type = 'Only notices of this type.';

export const noticesDocs: FeatureDocs = {
  tag: { name: 'Notices', description: 'What owners are told about their keys. Kept for 400 days.' },
  operations: operationsOf<NoticesController>('Notices', {
    listOwn: operation('listOwnNotices', 'List your own notices', [], {
      notes: 'Newest first.',
      parameters: { type, unread: '`true`: only those that have not been read.' },
    }),
    read: operation('readNotices', 'Mark notices as read', ['NOT_FOUND']),
    list: operation('listNotices', 'List the notices of all users', [], {
      notes: 'Newest first.',
      parameters: { type, userId: 'Only notices of this user.', keyId: 'Only notices about this key.' },
    }),
  }),
  members: {
    Notice: {
      id: 'Opaque id.',
      type: 'What happened to the key.',
      occurredAt: 'When that happened.',
      userId: 'Id of the owner of the key.',
      keyId: 'Id of the key.',
      keyName: 'Name of the key; null if it has none, or its owner is erased.',
      read: 'Whether its owner has marked it as read.',
      data: 'Details of the type, for example `reason`, `daysLeft` or `addresses`. Never a name.',
    },
    ReadNotices: { upTo: 'Id of a notice: it and all older ones are marked.' },
    UnreadNotices: { unread: 'Number of notices that are still unread.' },
  },
};
