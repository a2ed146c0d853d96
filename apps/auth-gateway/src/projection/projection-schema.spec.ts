import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Category,
  decodeLeaf,
  foldApiKey,
  foldRole,
  foldSettings,
  foldUser,
  initialApiKeyState,
  initialRoleState,
  initialSettingsState,
  initialUserState,
  readEvent,
  type ReadOf,
} from '@keyfold/domain';
import { isAfterFork, projectionSchema, shapeOf, STATE_SHAPE } from './projection-schema.js';

const app = join(import.meta.dirname, '..', '..');
const fixtures = join(app, '..', '..', 'libs/domain/src/model/fixtures');

const gatewayId = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/);
const shape = fc.integer({ min: 1, max: 99_999 });

describe('the schema of a gateway and a shape', () => {
  test('is no other gateway’s and no other shape’s, and Postgres does not cut its name', () => {
    fc.assert(
      fc.property(gatewayId, gatewayId, shape, shape, (id, otherId, ours, theirs) => {
        const schema = projectionSchema(id, ours);
        expect(schema.length).toBeLessThanOrEqual(63);
        expect(schema === projectionSchema(otherId, theirs)).toBe(id === otherId && ours === theirs);
        expect(shapeOf(otherId, schema)).toBe(id === otherId ? ours : null);
      }),
    );
  });

  test('is another one for each origin that a fork has given the log, and found all the same', () => {
    fc.assert(
      fc.property(gatewayId, shape, fc.stringMatching(/^[0-9a-f]{8}$/), (id, ours, keyId) => {
        const schema = projectionSchema(id, ours, { keyId, name: 'keyfold.local/x/fork-0123456789ab' });
        expect(schema.length).toBeLessThanOrEqual(63);
        expect(schema).not.toBe(projectionSchema(id, ours));
        expect(shapeOf(id, schema)).toBe(ours);
        expect(isAfterFork(schema)).toBe(true);
        const before = projectionSchema(id, ours, { keyId, name: 'keyfold.local/x' });
        expect(before).toBe(projectionSchema(id, ours));
        expect(isAfterFork(before)).toBe(false);
      }),
    );
  });

  test('is found by its name alone: others that begin alike are not', () => {
    expect(shapeOf('a', 'gateway_a')).toBe(1);
    expect(shapeOf('a', 'gateway_a/2')).toBe(2);
    for (const other of [
      'gateway_a/',
      'gateway_a/02',
      'gateway_a/2x',
      'gateway_a-2',
      'gateway_b/2',
      'a/2',
      'gateway_a/1e3',
    ])
      expect(shapeOf('a', other)).toBeNull();
  });
});

/** The state after these events of one stream, as releases have written them. */
function folded<C extends Category, State>(
  initial: State,
  fold: (state: State, read: ReadOf<C>) => State,
  ...events: readonly string[]
): State {
  let state = initial;
  for (const name of events) {
    const { leaf, openings } = JSON.parse(readFileSync(join(fixtures, `${name}.json`), 'utf8')) as {
      leaf: string;
      openings: Parameters<typeof readEvent>[1];
    };
    // The fixture is of the category that the fold takes.
    state = fold(state, readEvent(decodeLeaf(Buffer.from(leaf)), openings) as ReadOf<C>);
  }
  return state;
}

/** Where each member of the values is, with its types. */
function members(...values: readonly unknown[]): Record<string, string> {
  const found = new Map<string, Set<string>>();
  const add = (path: string, value: unknown): void => {
    if (Array.isArray(value)) for (const item of value as unknown[]) add(`${path}[]`, item);
    else if (typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries(value)) add(path === '' ? name : `${path}.${name}`, member);
    else found.set(path, (found.get(path) ?? new Set()).add(value === null ? 'null' : typeof value));
  };
  for (const value of values) add('', value);
  return Object.fromEntries([...found].map(([path, types]) => [path, [...types].sort().join(' or ')]));
}

// A difference here is another shape. Raise STATE_SHAPE, so that processes of the version before go on with rows of
// their own, and then change what is expected. Within one release a single raise does.
describe(`shape ${STATE_SHAPE}`, () => {
  test('is this of tables', () => {
    const migrations = join(app, 'migrations');
    const digests = readdirSync(migrations).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(migrations, name)))
        .digest('hex')
        .slice(0, 16),
    ]);
    // A further table changes no row: processes of before go on beside it.
    expect([STATE_SHAPE, digests]).toEqual([
      2,
      [
        ['0001_projection.sql', '9a82afe21d8b2c65'],
        ['0002_mended-streams.sql', '0782794dda8359c8'],
      ],
    ]);
  });

  test('is this of settings', () => {
    const settings = folded(
      initialSettingsState,
      foldSettings,
      'SecuritySettingsChanged.1',
      // In this order, since a later one for all users would take the place of one for a user.
      'ApiKeysBulkRevoked.1.minimal',
      'ApiKeysBulkRevoked.1',
    );
    expect(members(initialSettingsState, settings)).toEqual({
      'bulkRevocations[].atMs': 'number',
      'bulkRevocations[].issuedBeforeMs': 'number',
      'bulkRevocations[].position': 'number',
      'bulkRevocations[].reason': 'string',
      'bulkRevocations[].userId': 'null or string',
      isUsable: 'boolean',
      'settings.apiKeyAuthenticationEnabled': 'boolean',
      'settings.defaultKeyRateLimit': 'null',
      'settings.defaultKeyRateLimit.requests': 'number',
      'settings.defaultKeyRateLimit.seconds': 'number',
      'settings.gatewayLeaseSeconds': 'number',
      'settings.journal': 'string',
      'settings.journalRetentionDays': 'number',
      'settings.maxActiveKeysPerUser': 'number',
      'settings.maxApiKeyLifetimeDays': 'number',
      'settings.rotationGraceMaxSeconds': 'number',
    });
  });

  test('is this of roles', () => {
    const role = (...events: string[]) => folded(initialRoleState, foldRole, ...events);
    expect(members(role('RoleCreated.1'), role('RoleCreated.1', 'RoleChanged.1'))).toEqual({
      description: 'null or string',
      name: 'string',
      'permissions[]': 'string',
      status: 'string',
      system: 'boolean',
    });
  });

  test('is this of users', () => {
    const created = ['UserCreated.1', 'UserChanged.1', 'UserPasswordSet.1', 'RoleGranted.1', 'OidcIdentityLinked.1'];
    expect(
      members(
        folded(initialUserState, foldUser, 'UserCreated.1.minimal'),
        folded(initialUserState, foldUser, ...created),
        folded(initialUserState, foldUser, ...created, 'UserErased.1'),
      ),
    ).toEqual({
      createdAtMs: 'number',
      displayName: 'null or string',
      email: 'null',
      erasedAtMs: 'null or number',
      erasedAtPosition: 'null or number',
      'oidcIdentities[].issuer': 'string',
      'oidcIdentities[].subject': 'string',
      passwordHash: 'null or string',
      'roleIds[]': 'string',
      status: 'string',
      supervisorId: 'null',
      username: 'null or string',
    });
  });

  test('is this of keys', () => {
    const key = (...events: string[]) => folded(initialApiKeyState, foldApiKey, ...events);
    expect(
      members(
        key('ApiKeyIssued.1.minimal'),
        key('ApiKeyIssued.1', 'ApiKeySuperseded.1', 'ApiKeyRevoked.1'),
        key('ApiKeyPromised.1.minimal'),
        key('ApiKeyPromised.1', 'ApiKeyClaimed.1'),
      ),
    ).toEqual({
      allowedIpRanges: 'null',
      'allowedIpRanges[]': 'string',
      claimedAtMs: 'null or number',
      createdBy: 'string',
      expiresAtMs: 'number',
      'expiry.at': 'string',
      'expiry.days': 'number',
      hint: 'null or string',
      ipRangesUsable: 'boolean',
      issuedAtMs: 'number',
      issuedPosition: 'number',
      keyId: 'string',
      name: 'null or string',
      predecessorId: 'null or string',
      rateLimit: 'null',
      'rateLimit.requests': 'number',
      'rateLimit.seconds': 'number',
      readOnly: 'boolean',
      revocationReason: 'null or string',
      revokedAtMs: 'null or number',
      'scopes[]': 'string',
      secretCommitment: 'null or string',
      secretHash: 'null or string',
      status: 'string',
      successorId: 'null or string',
      supersededAtMs: 'null or number',
      supersededUntilMs: 'null or number',
      userId: 'string',
    });
  });
});
