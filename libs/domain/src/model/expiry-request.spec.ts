import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from '../../test/given.js';
import { resolveExpiry } from './expiry-request.js';
import { DAY_MS, type ExpiryRequest, parseExpiry, parseInstant } from './index.js';
import { DEFAULT_SETTINGS } from './settings-values.js';

const NOW = Date.parse('2026-03-01T12:00:00.000Z');
const withMaximum = (days: number) => ({ ...DEFAULT_SETTINGS, maxApiKeyLifetimeDays: days });
const at = (atMs: number): ExpiryRequest => ({ kind: 'at', atMs });

test('neither member asks for the maximum, in days from the record', () => {
  expect(parseExpiry({})).toEqual({ ok: true, request: { kind: 'maximum' } });
  expect(resolveExpiry({ kind: 'maximum' }, withMaximum(90), NOW)).toEqual({ days: 90 });
});

test('an instant or a day can be given; a day lasts to its end in UTC', () => {
  expect(parseExpiry({ expiresAt: '2026-04-01T00:00:00+02:00' })).toEqual({
    ok: true,
    request: at(Date.parse('2026-03-31T22:00:00Z')),
  });
  expect(parseExpiry({ expiresAt: '2026-04-01' })).toEqual({
    ok: true,
    request: { kind: 'date', endsAtMs: Date.parse('2026-04-01T23:59:59.999Z') },
  });
});

test.each([
  [{ expiresAt: '2026-04-01', expiresInDays: 3 }, '/expiresAt'],
  [{ expiresAt: '2026-02-30' }, '/expiresAt'],
  [{ expiresAt: '2026-04-01T00:00:00' }, '/expiresAt'],
  [{ expiresAt: '2026-04-01T24:00:00Z' }, '/expiresAt'],
  [{ expiresAt: 'tomorrow' }, '/expiresAt'],
  [{ expiresAt: null }, '/expiresAt'],
  [{ expiresAt: 1_800_000_000 }, '/expiresAt'],
  [{ expiresInDays: 0 }, '/expiresInDays'],
  [{ expiresInDays: -1 }, '/expiresInDays'],
  [{ expiresInDays: 1.5 }, '/expiresInDays'],
  [{ expiresInDays: '30' }, '/expiresInDays'],
  [{ expiresInDays: null }, '/expiresInDays'],
  [{ expiresInDays: 1e300 }, '/expiresInDays'],
])('%j is no request', (input, path) => {
  expect(parseExpiry(input)).toMatchObject({ ok: false, path });
});

test('days are in range from 1 to the maximum', () => {
  const days = (count: number): ExpiryRequest => ({ kind: 'days', days: count });
  expect(resolveExpiry(days(180), withMaximum(180), NOW)).toEqual({ days: 180 });
  expect(resolveExpiry(days(1), withMaximum(1), NOW)).toEqual({ days: 1 });
  for (const [count, maximum] of [
    [181, 180],
    [2, 1],
    [0, 180],
  ] as const) {
    expect(codeOf(() => resolveExpiry(days(count), withMaximum(maximum), NOW))).toBe('EXPIRY_OUT_OF_RANGE');
  }
});

test('an instant must lie in the future and at most 5 minutes beyond the maximum, which is then the maximum', () => {
  const latest = NOW + 180 * DAY_MS;
  const resolve = (atMs: number) => resolveExpiry(at(atMs), withMaximum(180), NOW);
  expect(resolve(NOW + 1)).toEqual({ at: '2026-03-01T12:00:00.001Z' });
  expect(resolve(latest)).toEqual({ at: '2026-08-28T12:00:00.000Z' });
  expect(resolve(latest + 1)).toEqual({ days: 180 });
  expect(resolve(latest + 300_000)).toEqual({ days: 180 });
  expect(codeOf(() => resolve(latest + 300_001))).toBe('EXPIRY_OUT_OF_RANGE');
  expect(codeOf(() => resolve(NOW))).toBe('EXPIRY_OUT_OF_RANGE');
});

test('a day that begins within the maximum is taken as the maximum; one that lies within it is taken as it is', () => {
  const resolve = (date: string, nowMs: number) => {
    const parsed = parseExpiry({ expiresAt: date });
    if (!parsed.ok) throw new Error(parsed.fault);
    return resolveExpiry(parsed.request, withMaximum(180), nowMs);
  };
  // 180 days after 1 March 2026 is 28 August, at whatever time of the day it is asked for.
  for (const time of ['00:00:00.000', '12:00:00.000', '23:59:59.998']) {
    const nowMs = Date.parse(`2026-03-01T${time}Z`);
    expect(resolve('2026-08-28', nowMs)).toEqual({ days: 180 });
    expect(resolve('2026-08-27', nowMs)).toEqual({ at: '2026-08-27T23:59:59.999Z' });
    expect(codeOf(() => resolve('2026-08-29', nowMs))).toBe('EXPIRY_OUT_OF_RANGE');
  }
  expect(resolve('2026-03-01', NOW)).toEqual({ at: '2026-03-01T23:59:59.999Z' });
  expect(codeOf(() => resolve('2026-02-28', NOW))).toBe('EXPIRY_OUT_OF_RANGE');
});

test('today’s date plus the maximum is never refused, and never gives more than the maximum', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: NOW, max: NOW + 400 * DAY_MS }),
      fc.integer({ min: 1, max: 180 }),
      (nowMs, maximum) => {
        const date = new Date(nowMs + maximum * DAY_MS).toISOString().slice(0, 10);
        const parsed = parseExpiry({ expiresAt: date });
        if (!parsed.ok) throw new Error(parsed.fault);
        const expiry = resolveExpiry(parsed.request, withMaximum(maximum), nowMs);
        expect('days' in expiry ? expiry.days : (Date.parse(expiry.at) - nowMs) / DAY_MS).toBeLessThanOrEqual(maximum);
      },
    ),
  );
});

test('an instant beyond the years of four digits in UTC is none, since it could not be written again', () => {
  expect(parseInstant('9999-12-31T23:59:59.999Z')).not.toBeNull();
  expect(parseInstant('9999-12-31T23:59:59-00:01')).toBeNull();
  expect(parseInstant('0000-01-01T00:00:00Z')).not.toBeNull();
  expect(parseInstant('0000-01-01T00:00:00+00:01')).toBeNull();
});

test('every instant that is written is read back, and no text breaks the parser', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59.999Z') }), (ms) => {
      expect(parseInstant(new Date(ms).toISOString())).toBe(ms);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.anything()), (anything) => {
      expect(typeof parseExpiry({ expiresAt: anything, expiresInDays: undefined }).ok).toBe('boolean');
      expect(typeof parseExpiry({ expiresInDays: anything }).ok).toBe('boolean');
    }),
  );
});
