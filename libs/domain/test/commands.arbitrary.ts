import fc from 'fast-check';
import {
  type Authority,
  BUILT_IN_ROLES,
  type BulkRevocation,
  concerns,
  DAY_MS,
  type ExpiryRequest,
  isExistingKey,
  isRevoked,
  PERMISSIONS,
  permissionsOf,
  REVOCATION_REASONS,
  SYSTEM,
} from '../src/model/index.js';
import { phcHash } from './test-log.js';
import type { AnyCommand, World } from './world.js';

/** A step of a history: lets time pass, and makes a command of the world as it is then. */
export interface Step {
  readonly afterMs: number;
  readonly command: (world: World) => AnyCommand;
}

// Bad values are few: a history of refusals reaches nothing.
const mostly = <T>(good: readonly T[], bad: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: fc.constantFrom(...bad) });

const userId = fc.constantFrom('u0', 'u1', 'u1', 'u2', 'u3');
const roleId = fc.constantFrom('r1', 'r1', 'r1', 'r2', 'r2', ...BUILT_IN_ROLES.map((role) => role.id));
const keyId = fc.constantFrom('k1', 'k1', 'k1', 'k2', 'k2', 'k3');
const permissions = fc.uniqueArray(fc.constantFrom(...PERMISSIONS), { maxLength: 4 });
const text = mostly([null, '', 'Ann', 'ann@example.org'], ['x'.repeat(1001), 'a\u0000b', '\ud800']);
const hint = fc.constantFrom('aB3x', 'zzzz');
const secretHash = mostly([phcHash('A'), phcHash('B')], ['not a hash']);
const rateLimit = mostly(
  [null, { requests: 10, seconds: 1 }, { requests: 1, seconds: 60 }],
  [{ requests: 0, seconds: 1 }],
);

// Weighted towards those who may: an unlucky asker is refused, and a history of refusals shows nothing.
const asker = fc.constantFrom('system', 'u0', 'u1', 'u2', 'owner', 'owner', 'owner', 'owner', 'owner');

const expiry: fc.Arbitrary<(nowMs: number) => ExpiryRequest> = fc.oneof(
  fc.constant(() => ({ kind: 'maximum' as const })),
  mostly([1, 7, 30, 90, 180], [0, 181]).map((days) => () => ({ kind: 'days' as const, days })),
  mostly([1, 86_400, 2_592_000, 15_552_000], [-1, 15_552_300, 15_552_301]).map((seconds) => (nowMs: number) => ({
    kind: 'at' as const,
    atMs: nowMs + seconds * 1000,
  })),
);

const changes = fc.record(
  {
    apiKeyAuthenticationEnabled: fc.constantFrom(true, true, true, false),
    maxApiKeyLifetimeDays: mostly([1, 30, 179, 180, 180], [0, 181]),
    rotationGraceMaxSeconds: fc.constantFrom(0, 60, 604_800),
    maxActiveKeysPerUser: fc.integer({ min: 1, max: 3 }),
    defaultKeyRateLimit: rateLimit,
    journal: fc.constantFrom('off' as const, 'denials' as const, 'all' as const),
  },
  { requiredKeys: [] },
);

const terms = fc.record({
  userId,
  expiry,
  readOnly: fc.boolean(),
  scopes: mostly([[], ['read'], ['write', 'a:b']], [['NO'], ['a', 'a']]),
  allowedIpRanges: mostly([null, ['10.0.0.0/8'], ['2001:db8::/32', '192.0.2.7/32']], [[], ['10.0.0.1/8']]),
  rateLimit,
  name: mostly([null, 'Zapier', 'Reports'], ['', 'a\nb']),
});

const settingsCommand = fc.oneof(
  fc.record({ type: fc.constant('ChangeSecuritySettings' as const), changes }).map((command) => () => command),
  fc
    .record({
      userId: fc.option(userId),
      issuedBeforeDays: fc.constantFrom(null, 0, 1, -30),
      reason: fc.constantFrom(...REVOCATION_REASONS),
    })
    .map(({ userId, issuedBeforeDays, reason }) => (world: World): AnyCommand => {
      const issuedBeforeMs = issuedBeforeDays === null ? null : world.nowMs + issuedBeforeDays * DAY_MS;
      const filter = { userId, issuedBeforeMs };
      return { type: 'BulkRevokeApiKeys', filter, reason, affectedKeys: affectedBy(world, { ...filter, reason }) };
    }),
);

const roleCommand = fc.oneof(
  fc
    .record({ roleId, asker, name: mostly(['Ops', 'Team 1'], ['no/no']), description: text, permissions })
    .map(({ asker, ...values }) => (world: World): AnyCommand => ({
      type: 'CreateRole',
      by: as(world, asker),
      ...values,
    })),
  fc
    .record({
      roleId,
      asker,
      changes: fc.record({ name: fc.constantFrom('Ops', 'Dev'), description: text, permissions }, { requiredKeys: [] }),
    })
    .map(({ asker, ...values }) => (world: World): AnyCommand => ({
      type: 'ChangeRole',
      by: as(world, asker),
      ...values,
    })),
  fc.record({ type: fc.constant('DeleteRole' as const), roleId }).map((command) => () => command),
  fc.constantFrom(...BUILT_IN_ROLES).map((role) => () => ({ type: 'InstallBuiltInRole' as const, role })),
);

const userBody = fc.oneof(
  fc.record({
    type: fc.constant('CreateUser' as const),
    username: mostly(['ann', 'Bob', 'carol@example.org', "o'brien"], ['a:b']),
    displayName: text,
    email: text,
    supervisorId: fc.option(userId),
    passwordHash: fc.option(secretHash),
  }),
  fc.record({
    type: fc.constant('ChangeUser' as const),
    changes: fc.record(
      { username: fc.constantFrom('ann', "d'arcy"), displayName: text, email: text, supervisorId: fc.option(userId) },
      { requiredKeys: [] },
    ),
    isRenamable: fc.boolean(),
  }),
  fc.record({ type: fc.constant('SetPassword' as const), passwordHash: secretHash }),
  fc.record({ type: fc.constantFrom('GrantRole' as const, 'GrantRole' as const, 'WithdrawRole' as const), roleId }),
  fc.record({
    type: fc.constantFrom('DeactivateUser' as const, 'ReactivateUser' as const, 'ReactivateUser' as const),
  }),
  fc.record({ type: fc.constant('EraseUser' as const) }),
  fc.record({
    type: fc.constant('LinkOidcIdentity' as const),
    issuer: mostly(['https://id.example.org'], ['']),
    subject: fc.constantFrom('s1', 's2'),
  }),
  fc.record({
    type: fc.constant('UnlinkOidcIdentity' as const),
    issuer: fc.constant('https://id.example.org'),
    subject: fc.constantFrom('s1', 's2'),
  }),
);
const userCommand = fc
  .record({ body: userBody, userId, asker })
  .map(({ body, userId, asker }) => (world: World): AnyCommand => ({ ...body, userId, by: as(world, asker, userId) }));

const claim = fc.record({ type: fc.constant('ClaimApiKey' as const), secretHash, hint });
const rotate = fc.record({
  type: fc.constant('RotateApiKey' as const),
  successorId: fc.constantFrom('k3', 'k4', 'k5', 'k6'),
  graceSeconds: mostly([0, 60, 604_800], [604_801, -1]),
  expiry,
  secretHash,
  hint,
});
const keyBody = fc.oneof(
  fc.record({ type: fc.constant('IssueApiKey' as const), terms, secretHash, hint }),
  fc.record({ type: fc.constant('PromiseApiKey' as const), terms }),
  { weight: 2, arbitrary: claim },
  { weight: 3, arbitrary: rotate },
  fc.record({ type: fc.constant('RevokeApiKey' as const), reason: fc.constantFrom(...REVOCATION_REASONS), note: text }),
);
const keyCommand = fc
  .record({ body: keyBody, keyId, asker })
  .map(({ body, keyId, asker }) => (world: World): AnyCommand => {
    const key = world.facts.keys.get(keyId);
    const ownerId = 'terms' in body ? body.terms.userId : isExistingKey(key) ? key.userId : 'u1';
    const common = { keyId, by: as(world, asker, ownerId), nowMs: world.nowMs };
    if ('terms' in body) {
      const { terms, ...rest } = body;
      return { ...rest, ...terms, expiry: terms.expiry(world.nowMs), ...common };
    }
    return body.type === 'RotateApiKey'
      ? { ...body, expiry: body.expiry(world.nowMs), ...common }
      : { ...body, ...common };
  });

/** A history of steps over few users, roles and keys, so that they meet. */
export const history: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    afterMs: fc.constantFrom(0, 1, 1000, 60_000, DAY_MS, 40 * DAY_MS),
    command: fc.oneof(
      { weight: 1, arbitrary: settingsCommand },
      { weight: 1, arbitrary: roleCommand },
      { weight: 4, arbitrary: userCommand },
      { weight: 4, arbitrary: keyCommand },
    ),
  }),
  { minLength: 10, maxLength: 40, size: 'max' },
);

function as(world: World, asker: string, ownerId = 'u1'): Authority {
  if (asker === 'system') return SYSTEM;
  const userId = asker === 'owner' ? ownerId : asker;
  const permissions = permissionsOf(world.facts.users.get(userId), (id) => world.facts.roles.get(id));
  return { kind: 'user', userId, permissions };
}

function affectedBy({ facts, log, nowMs }: World, filter: Omit<BulkRevocation, 'position' | 'atMs'>): number {
  const revocation = { ...filter, position: log.entries.length + 1, atMs: nowMs };
  return [...facts.keys.values()].filter(
    (key) =>
      isExistingKey(key) && concerns(revocation, key) && !isRevoked(key, facts.settings, facts.users.get(key.userId)),
  ).length;
}
