import { expect, test } from '@jest/globals';
import { World } from '../../test/world.js';
import {
  decideAccess,
  emptyFacts,
  eraseFromKey,
  type FactsView,
  foldFacts,
  type ReadEvent,
  readEvent,
  UnknownEventError,
} from './index.js';

const at = { id: 'x', position: 3, detail: 'test' };

test('a record of another category changes nothing', () => {
  const view = emptyFacts();
  foldFacts(view, { kind: 'other' });
  expect(view).toEqual(emptyFacts());
});

test('an unknown record stops the fold and leaves the view as it was', () => {
  const view = World.started().facts;
  const before = structuredClone(view);
  const unknown: ReadEvent = { kind: 'unknown', stream: 'role/x', position: 3, detail: 'RoleLent 1' };
  expect(() => {
    foldFacts(view, unknown);
  }).toThrow(UnknownEventError);
  expect(view).toEqual(before);
});

test('an invalid record makes its own stream unusable, for good, and no other', () => {
  const { facts: view, log } = World.started();
  foldFacts(view, { kind: 'invalid', category: 'user', stream: 'user/u1', ...at, id: 'u1' });
  foldFacts(view, { kind: 'invalid', category: 'role', stream: 'role/auditor', ...at, id: 'auditor' });
  foldFacts(view, { kind: 'invalid', category: 'api-key', stream: 'api-key/new', ...at, id: 'new' });
  const statuses = (states: Map<string, { status: string }>) =>
    [...states].map(([id, { status }]) => `${id} ${status}`);
  expect(statuses(view.users)).toEqual(['u0 active', 'u1 unusable', 'u2 active']);
  expect(statuses(view.roles)).toContain('auditor unusable');
  expect(statuses(view.keys)).toEqual(['new unusable']);
  const further = log.append(
    { stream: 'user/u1', type: 'UserReactivated', schemaVersion: 1, data: {}, sealed: {} },
    { atMs: 0 },
  );
  foldFacts(view, further);
  expect(view.users.get('u1')).toEqual({ status: 'unusable' });
});

test('what no decider would have written makes unusable instead of failing', () => {
  for (const { stream, type, data } of [
    { stream: 'user/u1', type: 'UserCreated', data: { supervisorId: null } },
    { stream: 'user/u9', type: 'UserErased', data: {} },
    {
      stream: 'role/auditor',
      type: 'RoleCreated',
      data: { name: 'A', description: null, permissions: [], system: true },
    },
    { stream: 'role/r9', type: 'RoleDeleted', data: {} },
    { stream: 'role/r9', type: 'RoleChanged', data: { before: { name: 'A' }, after: { name: 'B' } } },
    { stream: 'api-key/k9', type: 'ApiKeyClaimed', data: { hint: 'aB3x' } },
    { stream: 'api-key/k9', type: 'ApiKeySuperseded', data: { successorId: 'k2', graceSeconds: 0 } },
    { stream: 'api-key/k9', type: 'ApiKeyRevoked', data: { reason: 'UNSPECIFIED' } },
  ]) {
    const { facts: view, log } = World.started();
    const sealed = type === 'UserCreated' ? { username: 'joan' } : {};
    const secret = type === 'ApiKeyClaimed' ? { secretHash: hash } : {};
    const read = log.append({ stream, type, schemaVersion: 1, data, sealed: { ...sealed, ...secret } }, { atMs: 0 });
    expect(read.kind).toBe('event');
    foldFacts(view, read);
    const id = stream.slice(stream.indexOf('/') + 1);
    expect([view.users.get(id), view.roles.get(id), view.keys.get(id)]).toContainEqual({ status: 'unusable' });
  }
});

const hash = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

test('an erasure takes the personal values and the hash from every key of the user, and from no other’s', () => {
  const world = World.started();
  const by = { kind: 'user', userId: 'u1', permissions: ['api-key.generate'] } as const;
  const terms = {
    userId: 'u1',
    expiry: { kind: 'maximum' },
    readOnly: false,
    scopes: [],
    rateLimit: null,
    name: 'Zapier',
  } as const;
  const issue = { type: 'IssueApiKey', by, ...terms, secretHash: hash, hint: 'aB3x', nowMs: world.nowMs } as const;
  world.execute({ ...issue, keyId: 'k1', allowedIpRanges: ['10.0.0.0/8'] });
  world.execute({ ...issue, keyId: 'k2', allowedIpRanges: null });
  const admin = {
    kind: 'user',
    userId: 'u0',
    permissions: ['users.manage', 'api-key.generate', 'api-key.sign-in'],
  } as const;
  expect(passes(world.facts, world.nowMs)).toBe(true);
  world.execute({ type: 'DeactivateUser', userId: 'u1', by: admin });
  world.execute({ type: 'EraseUser', userId: 'u1', by: admin });
  expect(passes(world.facts, world.nowMs)).toBe(false);
  const gone = { name: null, secretHash: null, allowedIpRanges: null };
  expect(world.facts.keys.get('k1')).toMatchObject({
    ...gone,
    ipRangesUsable: false,
    secretCommitment: expect.any(String),
  });
  expect(world.facts.keys.get('k2')).toMatchObject({ ...gone, ipRangesUsable: true });
  expect(JSON.stringify([...world.facts.keys, ...world.facts.users])).not.toMatch(/zapier|joan/i);
});

test('a fold without the openings leaves restricted what was restricted, as the erasure itself does', () => {
  const world = World.started();
  const by = { kind: 'user', userId: 'u1', permissions: ['api-key.generate'] } as const;
  const terms = { userId: 'u1', expiry: { kind: 'maximum' }, readOnly: false, scopes: [], rateLimit: null } as const;
  const issue = { type: 'IssueApiKey', by, ...terms, secretHash: hash, hint: 'aB3x', nowMs: world.nowMs } as const;
  world.execute({ ...issue, keyId: 'k1', name: 'Zapier', allowedIpRanges: ['10.0.0.0/8'] });
  world.execute({ ...issue, keyId: 'k2', name: null, allowedIpRanges: null });
  const ranges = world.log.entries.at(-2)?.openings['allowedIpRanges'];
  world.log.destroyOpenings((stream) => stream.startsWith('api-key/'));
  const again = emptyFacts();
  for (const { record, openings } of world.log.entries) foldFacts(again, readEvent(record, openings));
  expect(ranges).not.toBe(undefined);
  for (const [keyId, key] of again.keys) expect(key).toEqual(eraseFromKey(world.facts.keys.get(keyId) ?? key));
  expect(again.keys.get('k1')).toMatchObject({ allowedIpRanges: null, ipRangesUsable: false });
  expect(again.keys.get('k2')).toMatchObject({ allowedIpRanges: null, ipRangesUsable: true });
});

function passes(view: FactsView, nowMs: number): boolean {
  const facts = { settings: view.settings, key: view.keys.get('k1'), user: view.users.get('u1') };
  const request = { proof: 'proven', username: 'joan', ip: '10.1.2.3', scopes: [], limits: 'apply' } as const;
  return decideAccess({ ...facts, role: (id) => view.roles.get(id) }, request, nowMs).allowed;
}
