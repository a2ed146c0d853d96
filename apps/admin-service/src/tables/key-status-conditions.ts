import type pg from 'pg';
import { DAY_MS, type KeyStatus, type SecuritySettings } from '@keyfold/domain';
import { isNotBulkRevoked, revokedBelow } from './bulk-revocations.js';

export type Bind = (value: unknown) => string;

/** What the statuses of all keys depend on. */
export interface ListPolicy {
  readonly nowMs: number;
  /** Effective expiry of `k` as SQL, in milliseconds. */
  readonly endsAt: string;
  /** The maximum lifetime in force. */
  readonly longestMs: number;
  /** Whether `list_class` and `ends_at_ms` of all keys are those of the policy in force. */
  readonly isSwept: boolean;
}

/** Of the same snapshot as the list. */
export async function readListPolicy(
  tx: pg.ClientBase,
  { settings, nowMs }: { settings: SecuritySettings; nowMs: number },
): Promise<ListPolicy> {
  const { maxApiKeyLifetimeDays: maxDays } = settings;
  const longestMs = maxDays * DAY_MS;
  const isSwept = (await tx.query(selectSwept, [maxDays])).rowCount === 1;
  return { nowMs, longestMs, endsAt: isSwept ? 'k.ends_at_ms' : endsUnder(longestMs), isSwept };
}

/** @param longestMs the maximum lifetime, a whole number */
export function endsUnder(longestMs: number | string): string {
  return `case when k.is_pending then k.own_expires_at_ms else least(k.own_expires_at_ms, k.issued_at_ms + ${longestMs}) end`;
}

const selectSwept = `
  select 1
  from keyfold.key_list_sweeps
  where id = 1
    and not is_due
    and max_days = $1::int`;

/**
 * The conditions of a status: disjoint alternatives, each with an index of its own, since their disjunction has none.
 *
 * @param by.classOf where the class is read: of the key `k`, or of its use `u`
 */
export function conditionsOf(
  status: KeyStatus | null,
  policy: ListPolicy,
  { bind, classOf }: { readonly bind: Bind; readonly classOf: 'k' | 'u' },
): string[][] {
  if (policy.isSwept) {
    const isClass: IsClass = (name) => `${classOf}.list_class = '${name}'`;
    return status === null
      ? CLASSES.map((name) => [isClass(name)])
      : sweptConditions(status, policy, { bind, isClass });
  }
  return status === null ? [[]] : unsweptConditions(status, policy, bind);
}

const CLASSES = ['live', 'over', 'pending', 'superseded', 'revoked'] as const;

type IsClass = (name: (typeof CLASSES)[number]) => string;

/** By the classes; a key that has ended since the last sweep is still live or pending. */
function sweptConditions(
  status: KeyStatus,
  { endsAt, nowMs }: ListPolicy,
  { bind, isClass }: { readonly bind: Bind; readonly isClass: IsClass },
): string[][] {
  // Bound only where it is used: Postgres cannot tell the type of a parameter that is not.
  const now = (): string => `${bind(nowMs)}::bigint`;
  switch (status) {
    case 'revoked':
    case 'superseded':
      return [[isClass(status)]];
    case 'expired':
      return [
        [isClass('over')],
        // Those few are found by when they ended, whatever the list is sorted by.
        [`k.list_class = 'live'`, `${endsAt} <= ${now()}`],
        [`k.list_class = 'pending'`, `${endsAt} <= ${now()}`],
      ];
    case 'pending':
      return [[isClass('pending'), `coalesce(${endsAt} > ${now()}, true)`]];
    case 'active':
      return [[isClass('live'), `${endsAt} > ${now()}`]];
  }
}

function unsweptConditions(status: KeyStatus, { endsAt, nowMs }: ListPolicy, bind: Bind): string[][] {
  const now = (): string => `${bind(nowMs)}::bigint`;
  const living = ['not k.is_revoked', isNotBulkRevoked];
  const unended = [...living, 'k.superseded_until_ms is null'];
  switch (status) {
    case 'revoked':
      return revokedBranches;
    case 'superseded':
      return [[...living, 'k.superseded_until_ms is not null']];
    case 'expired':
      return [[...unended, `${endsAt} <= ${now()}`]];
    case 'pending':
      return [[...unended, 'k.is_pending', `coalesce(${endsAt} > ${now()}, true)`]];
    case 'active':
      return [[...unended, 'not k.is_pending', `${endsAt} > ${now()}`]];
  }
}

const revokedBranches = [
  ['k.is_revoked'],
  ['not k.is_revoked', `k.created_position < ${revokedBelow}`],
  [
    'not k.is_revoked',
    `k.created_position >= ${revokedBelow}`,
    // Found user by user, which the planner would not do on its own: it cannot know how few they are.
    `k.key_id = any (array(
        select revoked.key_id
        from keyfold.bulk_revocations b
        cross join lateral (
          select r.key_id
          from keyfold.api_keys r
          where r.user_id = b.user_id
            and r.created_position < b.before_position
          offset 0
        ) revoked
      ))`,
  ],
];
