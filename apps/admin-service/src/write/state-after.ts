import { type Decided, evolveUser, type UserEvent, type UserState } from '@keyfold/domain';

/**
 * A user as the decided events will make them, for a further decision in the same write; moment and position do not
 * matter to it.
 */
export function userAfter(state: UserState, events: readonly Decided<UserEvent>[]): UserState {
  return events.reduce<UserState>((before, { stream, ...event }, index) => {
    const id = stream.slice(stream.indexOf('/') + 1);
    const recorded = { position: index + 1, version: index + 1, stream, id, actor: 'system', commitments: {} };
    return evolveUser(before, { ...recorded, recordedAt: '1970-01-01T00:00:00.000Z', recordedAtMs: 0, event });
  }, state);
}
