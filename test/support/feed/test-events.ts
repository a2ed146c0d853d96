import type { MemoryEvent } from './memory-log.js';

/** The creation of a user; `username`'s opening travels on the feed, the others do not. */
export function userCreated(id: number): MemoryEvent {
  return {
    stream: `user/${id}`,
    type: 'UserCreated',
    data: { supervisorId: null },
    sealed: { username: `user-${id}`, displayName: `User ${id}`, email: `u${id}@example.org` },
  };
}

/** As many users, with numbers from `from` on. */
export function usersCreated(from: number, count: number): MemoryEvent[] {
  return Array.from({ length: count }, (_, index) => userCreated(from + index));
}

/** A key in two steps: the first record names its owner, the second holds its secret's hash. */
export function keyClaimed(keyId: string, userId: number): MemoryEvent[] {
  return [
    { stream: `api-key/${keyId}`, type: 'ApiKeyPromised', data: { userId: String(userId) }, sealed: { name: 'a key' } },
    {
      stream: `api-key/${keyId}`,
      type: 'ApiKeyClaimed',
      data: { hint: 'abcd' },
      sealed: { secretHash: '$argon2id$...' },
    },
  ];
}

/** The erasure of a user; the openings are destroyed by `MemoryLog.erase`. */
export function userErased(id: number): MemoryEvent {
  return { stream: `user/${id}`, type: 'UserErased' };
}
