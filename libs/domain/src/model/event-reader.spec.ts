import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { opened, phcHash } from '../../test/test-log.js';
import type { JsonObject, LogRecord } from '../log/index.js';
import { createEventReader } from './event-reader.js';
import { EVENT_SHAPES, newEventProblem, readEvent } from './index.js';

const record: LogRecord = {
  position: 12,
  stream: 'api-key/k1',
  version: 1,
  type: 'ApiKeyIssued',
  schemaVersion: 1,
  recordedAt: '2026-03-01T12:00:00.000Z',
  actor: 'user/u1',
  correlationId: 'c1',
  data: {
    userId: 'u1',
    expiry: { days: 30 },
    readOnly: false,
    scopes: ['read'],
    rateLimit: null,
    hint: 'aB3x',
    predecessorId: null,
  },
  sealed: { secretHash: 'commitment 1', allowedIpRanges: 'commitment 2' },
};
const openings = { secretHash: opened(phcHash()), allowedIpRanges: opened(['10.0.0.0/8']) };
const withData = (change: JsonObject): LogRecord => ({ ...record, data: { ...record.data, ...change } });

test('what readers would not take is known before it is appended', () => {
  const { data, schemaVersion, stream, type } = record;
  const sealed = { secretHash: phcHash(), allowedIpRanges: ['10.0.0.0/8'] };
  const event = { stream, type, schemaVersion, data, sealed };
  expect(newEventProblem(event)).toBeNull();
  expect(newEventProblem({ ...event, data: { ...data, userId: '' } })).toMatch('userId');
  expect(newEventProblem({ ...event, sealed: { ...sealed, secretHash: 'x' } })).toMatch('secretHash');
  expect(newEventProblem({ ...event, sealed: {} })).toMatch('secretHash');
  expect(newEventProblem({ ...event, schemaVersion: 99 })).toMatch('not known');
  expect(newEventProblem({ ...event, stream: 'audit/a1', type: 'ExportMade' })).toBeNull();
});

test('a record is read with its place in the log, its opened values and its commitments', () => {
  expect(readEvent(record, openings)).toEqual({
    kind: 'event',
    category: 'api-key',
    recorded: {
      event: {
        type: 'ApiKeyIssued',
        schemaVersion: 1,
        data: record.data,
        sealed: { secretHash: phcHash(), allowedIpRanges: ['10.0.0.0/8'] },
      },
      position: 12,
      stream: 'api-key/k1',
      id: 'k1',
      version: 1,
      recordedAt: '2026-03-01T12:00:00.000Z',
      recordedAtMs: Date.parse('2026-03-01T12:00:00.000Z'),
      actor: 'user/u1',
      commitments: record.sealed,
    },
  });
});

test('what was sealed and is not opened reads as null; what was never sealed is absent', () => {
  expect(readEvent(record, {})).toMatchObject({
    recorded: { event: { sealed: { secretHash: null, allowedIpRanges: null } } },
  });
  const { secretHash } = record.sealed;
  const read = readEvent({ ...record, sealed: { secretHash: secretHash ?? '' } }, openings);
  expect(read).toMatchObject({ kind: 'event', recorded: { event: { sealed: { secretHash: phcHash() } } } });
  expect(JSON.stringify(read)).not.toContain('allowedIpRanges');
});

test('a category that decides no access is passed over, whatever it holds', () => {
  for (const stream of ['audit/a1', 'journal/j', 'log/fork', 'api-keys/k1']) {
    expect(readEvent({ ...record, stream }, openings)).toEqual({ kind: 'other' });
  }
});

test('an unknown type, version or a type of another category is unknown, so that a reader stops', () => {
  for (const change of [{ type: 'ApiKeyLent' }, { schemaVersion: 2 }, { stream: 'user/u1' }, { type: 'constructor' }]) {
    expect(readEvent({ ...record, ...change }, openings)).toMatchObject({ kind: 'unknown', position: 12 });
  }
});

test.each<[string, LogRecord]>([
  ['a missing member', { ...record, data: {} }],
  ['an unknown member', withData({ admin: true })],
  [
    'a member named __proto__',
    { ...record, data: JSON.parse(`{"__proto__":1,${JSON.stringify(record.data).slice(1)}`) as JsonObject },
  ],
  ['a lifetime of no days', withData({ expiry: { days: 0 } })],
  ['two expiries', withData({ expiry: { days: 1, at: '2026-03-01T12:00:00.000Z' } })],
  ['an expiry in another form', withData({ expiry: { at: '2026-03-01' } })],
  ['a scope twice', withData({ scopes: ['a', 'a'] })],
  ['scopes that are text', withData({ scopes: 'read' })],
  ['a rate limit of nothing', withData({ rateLimit: { requests: 1 } })],
  ['a hint that is too long', withData({ hint: 'aB3xx' })],
  ['no sealed hash', { ...record, sealed: {} }],
  ['an unknown sealed field', { ...record, sealed: { ...record.sealed, secret: 'x' } }],
  ['a time that is none', { ...record, recordedAt: 'yesterday' }],
])('%s makes the record invalid', (_what, wrong) => {
  expect(readEvent(wrong, openings)).toMatchObject({
    kind: 'invalid',
    category: 'api-key',
    stream: 'api-key/k1',
    id: 'k1',
  });
});

test.each([
  ['secretHash', '$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA'],
  ['secretHash', ''],
  ['secretHash', null],
  ['allowedIpRanges', []],
  ['allowedIpRanges', ['10.0.0.1/8']],
  ['allowedIpRanges', ['10.0.0.0/8', '10.0.0.0/8']],
])('the sealed %s cannot be %j, and the detail does not repeat it', (field, value) => {
  const read = readEvent(record, { ...openings, [field]: opened(value) });
  expect(read).toMatchObject({ kind: 'invalid', detail: `ApiKeyIssued 1: ${field} is not acceptable` });
});

test.each([
  { before: { journal: 'off' }, after: { journal: 'all', journalRetentionDays: 1 } },
  { before: { journal: 'off', journalRetentionDays: 1 }, after: { journal: 'all' } },
  { before: { journal: 'off' }, after: { journalRetentionDays: 1 } },
  { before: {}, after: {} },
])('a change must name the same members before and after, and at least one: %j', (data) => {
  const changed = { ...record, stream: 'settings/security', type: 'SecuritySettingsChanged', data, sealed: {} };
  expect(readEvent(changed, {})).toMatchObject({ kind: 'invalid', category: 'settings' });
});

test('no data whatever makes the reader throw', () => {
  const json = fc.jsonValue().map((value) => value as JsonObject);
  const shape = fc.constantFrom(...EVENT_SHAPES);
  fc.assert(
    fc.property(shape, json, json, ({ category, type }, data, value) => {
      const sealed = { secretHash: 'c', username: 'c', name: 'c' };
      const wrong: LogRecord = {
        ...record,
        stream: `${category}/x`,
        type,
        data: { before: data, after: data, filter: data },
        sealed,
      };
      const read = readEvent(wrong, { secretHash: opened(value), username: opened(value), name: opened(value) });
      expect(read.kind).toBe('invalid');
    }),
  );
});

// Older shapes of a role, as a later release would leave them behind: version 1 had one text for all permissions and
// version 2 no description.
const current = EVENT_SHAPES.filter(({ type }) => type !== 'RoleCreated');
const anything = Object.assign(() => true, { takes: 'anything' });
const shapeOf = (schemaVersion: number, members: readonly string[]) => ({
  category: 'role' as const,
  type: 'RoleCreated',
  schemaVersion,
  data: members.map((name) => ({ name, isOptional: false, accepts: anything })),
  sealed: [],
});
const readLater = createEventReader(
  [...current, shapeOf(3, ['name', 'description', 'permissions', 'system'])],
  [
    {
      from: shapeOf(1, ['name', 'rights']),
      upcast: (event) => {
        const permissions = (event.data['rights'] as string).split(' ');
        return { ...event, schemaVersion: 2, data: { name: event.data['name'] ?? '', permissions, system: false } };
      },
    },
    {
      from: shapeOf(2, ['name', 'permissions', 'system']),
      upcast: (event) => ({ ...event, schemaVersion: 3, data: { ...event.data, description: null } }),
    },
  ],
);
const oldRole: LogRecord = { ...record, stream: 'role/r1', type: 'RoleCreated', sealed: {}, data: {} };

test('an older shape is read as the newest, through every version between', () => {
  const data = { name: 'Ops', permissions: ['users.read', 'roles.read'], system: false, description: null };
  const first = { ...oldRole, data: { name: 'Ops', rights: 'users.read roles.read' } };
  expect(readLater(first, {})).toMatchObject({ kind: 'event', recorded: { event: { schemaVersion: 3, data } } });
  const second = { name: 'Ops', permissions: data.permissions, system: false };
  expect(readLater({ ...oldRole, schemaVersion: 2, data: second }, {})).toMatchObject({
    kind: 'event',
    recorded: { event: { data } },
  });
});

test('an older record is held against the shape of its own version', () => {
  expect(readLater({ ...oldRole, schemaVersion: 2, data: { name: 'Ops', rights: '' } }, {})).toMatchObject({
    kind: 'invalid',
  });
  expect(readLater({ ...oldRole, schemaVersion: 4 }, {})).toMatchObject({ kind: 'unknown' });
});

test('a shape cannot be defined twice', () => {
  expect(() => createEventReader([...current, shapeOf(3, []), shapeOf(3, [])], [])).toThrow('RoleCreated 3');
});
