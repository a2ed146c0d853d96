import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { concerns, isBulkRevoked, withRevocation } from './bulk-revocations.js';
import type { BulkRevocation, IssuedApiKey } from './index.js';
import { initialSettingsState, isRevoked, keyStatus } from './index.js';

const key: IssuedApiKey = {
  status: 'issued',
  keyId: 'k1',
  userId: 'u1',
  name: null,
  allowedIpRanges: null,
  ipRangesUsable: true,
  expiry: { days: 30 },
  readOnly: false,
  scopes: [],
  rateLimit: null,
  issuedAtMs: 0,
  issuedPosition: 1,
  createdBy: 'user/u1',
  revokedAtMs: null,
  revocationReason: null,
  secretHash: 'hash',
  secretCommitment: 'commitment',
  hint: 'aB3x',
  expiresAtMs: Number.MAX_SAFE_INTEGER,
  claimedAtMs: null,
  predecessorId: null,
  successorId: null,
  supersededAtMs: null,
  supersededUntilMs: null,
};

// Few users and a small range of time, so that revocations overlap, repeat, and reach back behind one another.
const userId = fc.constantFrom('u1', 'u2', 'u3');
const instant = fc.integer({ min: 0, max: 12 });
const revocations = fc
  .array(fc.tuple(fc.option(userId), fc.option(instant), fc.integer({ min: 1, max: 3 })), { maxLength: 30 })
  .map((told) => {
    let position = 0;
    return told.map(([user, issuedBeforeMs, further]): BulkRevocation => {
      position += further;
      return { position, atMs: 100 + position, userId: user, issuedBeforeMs, reason: 'UNSPECIFIED' };
    });
  });
const issued = fc.record({ userId, issuedAtMs: instant, issuedPosition: fc.integer({ min: 0, max: 90 }) });

test('what the index says of a key is what the list says', () => {
  let revoked = 0;
  let runs = 0;
  fc.assert(
    fc.property(revocations, fc.array(issued, { minLength: 1, maxLength: 20 }), (bulkRevocations, keys) => {
      const settings = { ...initialSettingsState, bulkRevocations };
      for (const terms of keys) {
        const one = { ...key, ...terms };
        const first = bulkRevocations.find((revocation) => concerns(revocation, one)) ?? null;
        expect(isBulkRevoked(one, bulkRevocations)).toBe(first !== null);
        expect(isRevoked(one, settings, undefined)).toBe(first !== null);
        expect(keyStatus(one, settings, 0)).toBe(first === null ? 'active' : 'revoked');
        revoked += first === null ? 0 : 1;
        runs += 1;
      }
    }),
    { numRuns: 1_000 },
  );
  // Both outcomes have been there in numbers.
  expect(revoked).toBeGreaterThan(runs / 20);
  expect(revoked).toBeLessThan((runs * 19) / 20);
});

// A log whose time never goes back: each step is a key's issue, or a revocation of what was issued before.
const steps = fc.array(
  fc.record({
    userId,
    isRevocation: fc.boolean(),
    ofAll: fc.boolean(),
    issuedBeforeMs: fc.option(fc.integer({ min: 0, max: 40 })),
    laterMs: fc.integer({ min: 0, max: 2 }),
  }),
  { maxLength: 40 },
);

test('what a later revocation covers may be left out: the same keys are revoked after each step', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const keys: IssuedApiKey[] = [];
      let all: readonly BulkRevocation[] = [];
      let kept: readonly BulkRevocation[] = [];
      let atMs = 0;
      for (const [index, step] of history.entries()) {
        const position = index + 1;
        atMs += step.laterMs;
        if (step.isRevocation) {
          const user = step.ofAll && step.issuedBeforeMs !== null ? null : step.userId;
          const { issuedBeforeMs } = step;
          const revocation: BulkRevocation = { position, atMs, userId: user, issuedBeforeMs, reason: 'UNSPECIFIED' };
          all = [...all, revocation];
          kept = withRevocation(kept, revocation);
        } else keys.push({ ...key, userId: step.userId, issuedAtMs: atMs, issuedPosition: position });
        for (const one of keys) expect(isBulkRevoked(one, kept)).toBe(isBulkRevoked(one, all));
      }
    }),
    { numRuns: 1_000 },
  );
});

test('the list grows with the users named and not with the revocations, and one of all users empties it', () => {
  let kept: readonly BulkRevocation[] = [];
  const revoke = (position: number, user: string | null): void => {
    const issuedBeforeMs = user === null ? position : null;
    kept = withRevocation(kept, { position, atMs: position, userId: user, issuedBeforeMs, reason: 'UNSPECIFIED' });
    expect(kept.length).toBeLessThanOrEqual(10);
  };
  for (let position = 1; position < 10_000; position += 1) revoke(position, `u${position % 10}`);
  expect(kept).toHaveLength(10);
  revoke(10_000, null);
  expect(kept).toHaveLength(1);
});

test('a list that has grown by one is another list', () => {
  const first: BulkRevocation = { position: 2, atMs: 0, userId: 'u2', issuedBeforeMs: null, reason: 'UNSPECIFIED' };
  expect(isBulkRevoked(key, [first])).toBe(false);
  expect(isBulkRevoked(key, [first, { ...first, position: 3, userId: 'u1' }])).toBe(true);
});

test('a list of 10,000 is gone through once, not for each key', () => {
  let reads = 0;
  const counted = (revocation: BulkRevocation): BulkRevocation =>
    new Proxy(revocation, { get: (of, name) => (reads++, Reflect.get(of, name) as unknown) });
  const many = Array.from({ length: 10_000 }, (_, at) =>
    counted({
      position: at + 2,
      atMs: at,
      userId: at % 2 === 0 ? `u${at + 2}` : null,
      issuedBeforeMs: at % 2 === 0 ? null : -at,
      reason: 'UNSPECIFIED',
    }),
  );
  expect(isBulkRevoked(key, many)).toBe(false);
  reads = 0;
  for (const asked of ['u1', 'u2', 'u4', 'u10000']) isBulkRevoked({ ...key, userId: asked }, many);
  expect(reads).toBe(0);
});
