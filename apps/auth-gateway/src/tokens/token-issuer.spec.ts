import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type AccessIdentity, deriveSharedKeys } from '@keyfold/domain';
import { TokenIssuer, type TokenIssuerOptions } from './token-issuer.js';
import { tokenKeys } from './token-keys.js';

const NOW_MS = Date.UTC(2026, 10, 22, 12, 0, 0, 400);
const HOUR_MS = 3_600_000;
const identity: AccessIdentity = {
  userId: 'u1',
  username: 'anna',
  roles: [{ id: 'r1', name: 'API Key Sign In' }],
  permissions: ['api-key.sign-in'],
  keyId: 'k1',
  keyName: null,
  effectiveExpiresAtMs: NOW_MS + HOUR_MS,
  readOnly: true,
  scopes: ['read'],
};

interface Ends {
  readonly leaseMs?: number;
  readonly keyMs?: number;
  readonly graceMs?: number | null;
  readonly evicted?: true;
  /** How far the wall clock is ahead of the log's. */
  readonly wallErrorMs?: number;
}

async function issue(ends: Ends) {
  const { evicted, graceMs = null, keyMs = HOUR_MS, leaseMs = HOUR_MS, wallErrorMs = 0 } = ends;
  const state = { status: 'issued', supersededUntilMs: graceMs === null ? null : NOW_MS + graceMs };
  const facts = { key: () => (evicted ? undefined : { state }) } as unknown as TokenIssuerOptions['facts'];
  const freshness = {
    hostClock: { nowMs: () => 5_000, wallMs: () => NOW_MS + wallErrorMs },
    logClock: { nowMs: () => NOW_MS },
    lease: { endsAtMs: 5_000 + leaseMs },
  } as unknown as TokenIssuerOptions['freshness'];
  const keys = await tokenKeys(deriveSharedKeys(['the-shared-secret-of-this-test-file']));
  const issuer = new TokenIssuer({ keys, facts, freshness, issuer: 'log.example' });
  return issuer.issue({ ...identity, effectiveExpiresAtMs: NOW_MS + keyMs }, { audience: 'app', position: 7 });
}

const secondsLeft = async (ends: Parameters<typeof issue>[0]): Promise<number | null> => {
  const issued = await issue(ends);
  return issued === null ? null : issued.expiresAtMs - (NOW_MS - 400);
};

test('a token ends with the first of: 300 s, the lease, the key, its grace; never later by rounding', async () => {
  expect(await secondsLeft({})).toBe(300_000);
  expect(await secondsLeft({ leaseMs: 59_999 })).toBe(60_000);
  expect(await secondsLeft({ leaseMs: 59_500 })).toBe(59_000);
  expect(await secondsLeft({ keyMs: 20_000 })).toBe(20_000);
  expect(await secondsLeft({ graceMs: 10_000 })).toBe(10_000);
});

test.each([
  ['the log is an hour ahead of the wall clock', -HOUR_MS, -HOUR_MS],
  ['the wall clock is an hour ahead of the log', HOUR_MS, 0],
])('where %s, a token counts from the earlier of the two', async (_name, wallErrorMs, shiftMs) => {
  const issued = await issue({ keyMs: 20_000, wallErrorMs });
  const { exp, iat } = decodeJwt(issued?.token ?? '');
  expect(iat).toBe(Math.floor((NOW_MS + shiftMs) / 1_000));
  expect(exp).toBe(Math.floor((NOW_MS + shiftMs + 20_000) / 1_000));
  expect(issued?.expiresAtMs).toBe((exp ?? 0) * 1_000);
});

test('a token that nobody could use is not made', async () => {
  expect(await issue({ leaseMs: 500 })).toBeNull();
  expect(await issue({ leaseMs: -1 })).toBeNull();
  expect(await issue({ keyMs: 599 })).toBeNull();
  expect(await issue({ evicted: true })).toBeNull();
});

test('the claims say who, by which key, and what it may do', async () => {
  const issued = await issue({ leaseMs: 60_000 });
  expect(decodeJwt(issued?.token ?? '')).toEqual({
    iss: 'log.example',
    aud: 'app',
    sub: 'u1',
    username: 'anna',
    keyId: 'k1',
    roles: ['API Key Sign In'],
    readOnly: true,
    scopes: ['read'],
    position: 7,
    iat: Math.floor(NOW_MS / 1_000),
    exp: Math.floor(NOW_MS / 1_000) + 60,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});
