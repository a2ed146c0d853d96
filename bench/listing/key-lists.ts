const DAY_MS = 86_400_000;

/** Who asks: one who may manage all keys, one who supervises a hundredth of the users, one who supervises nobody. */
export type Asker = 'manager' | 'supervisor' | 'supervisor of nobody';

export interface KeyList {
  readonly asker: Asker;
  readonly query: string;
}

const instant = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

const STATUSES = ['pending', 'active', 'superseded', 'revoked', 'expired'];

/** Every documented filter and the combinations that people ask for, among them those that match hardly anything. */
export function keyLists(userId: string): KeyList[] {
  const soon = `expiresBefore=${instant(7)}`;
  const longAgo = `expiresBefore=${instant(-392)}`;
  const unused = `unusedSince=${instant(-30)}`;
  const everybody = ['', ...STATUSES.map((status) => `status=${status}`), soon, unused, `status=active&${unused}`];
  const manager = [
    ...everybody,
    longAgo,
    `status=active&${soon}`,
    `status=expired&${unused}`,
    `status=revoked&${unused}`,
    `status=superseded&${soon}`,
    `status=pending&${soon}`,
    `status=active&${longAgo}`,
    `userId=${userId}`,
    `userId=${userId}&status=active`,
    `userId=${userId}&${unused}`,
    'userId=nobody&status=active',
  ];
  return [
    ...manager.map((query) => ({ asker: 'manager' as const, query })),
    ...[...everybody, `status=superseded&${unused}`, `userId=${userId}`].map((query) => ({
      asker: 'supervisor' as const,
      query,
    })),
    ...['', 'status=active', unused].map((query) => ({ asker: 'supervisor of nobody' as const, query })),
  ];
}

/** Without its instants, for a reader. */
export function nameOf({ asker, query }: KeyList): string {
  const filters = query.replace(/=[^&]*T[^&]*/g, '').replaceAll('&', ', ');
  return `${asker}: ${filters === '' ? 'no filter' : filters}`;
}
