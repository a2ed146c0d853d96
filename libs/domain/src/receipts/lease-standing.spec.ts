import { describe, expect, test } from '@jest/globals';
import { mayHaveLease, type ReadLeaseRow, standingOf } from './lease-standing.js';

const row = (change: Partial<ReadLeaseRow> = {}): ReadLeaseRow => ({
  id: '1',
  gatewayId: 'gw-1',
  slot: '0',
  longestSeconds: 60,
  endedAt: null,
  appliedPosition: 9,
  cosigned: { size: 9, line: '', enrolledPosition: 3 },
  leaseUntil: '2026-01-01T00:01:00.000Z',
  ...change,
});
const cosigned = (size: number): Pick<ReadLeaseRow, 'cosigned'> => ({
  cosigned: { size, line: '', enrolledPosition: 3 },
});
const at = (sinceFirstReadMs: number): { position: number; sinceFirstReadMs: number } => ({
  position: 10,
  sinceFirstReadMs,
});

describe('a process with a lease', () => {
  test('stands as applied by its cosignature of the position alone, never by what it claims', () => {
    expect(standingOf(row(), row({ appliedPosition: 99 }), at(0))).toBeNull();
    expect(standingOf(row(), row(cosigned(9)), at(0))).toBeNull();
    expect(standingOf(row(), row(cosigned(10)), at(0))).toMatchObject({ by: 'applied', cosigned: { size: 10 } });
  });

  test('is over by the length of the first read and its margin, whatever the row has become since', () => {
    const renewed = row({ longestSeconds: 3_600, leaseUntil: '2026-01-01T09:00:00.000Z' });
    expect(standingOf(row(), renewed, at(60_849))).toBeNull();
    expect(standingOf(row(), renewed, at(60_850))).toEqual({ by: 'lease-ended', endedAt: null });
    const shortened = row({ longestSeconds: 5 });
    expect(standingOf(row(), shortened, at(5_300))).toBeNull();
  });

  test('of an older version is waited for by its length, since nothing proves what it has applied', () => {
    const older = row({ slot: null, cosigned: null, appliedPosition: 99 });
    expect(standingOf(older, older, at(60_849))).toBeNull();
    expect(standingOf(older, older, at(60_850))?.by).toBe('lease-ended');
  });

  test('is over once its row has ended or gone', () => {
    const endedAt = '2026-01-01T00:00:30.000Z';
    expect(standingOf(row(), row({ endedAt }), at(0))).toEqual({ by: 'lease-ended', endedAt });
    expect(standingOf(row(), undefined, at(0))).toEqual({ by: 'lease-ended', endedAt: null });
  });

  test('that had ended before the write stays so when it comes back, since its new lease is on a later head', () => {
    const endedAt = '2026-01-01T00:00:30.000Z';
    expect(standingOf(row({ endedAt }), row(), at(0))).toEqual({ by: 'lease-ended', endedAt });
  });

  test('that has applied and then given its lease back stands as applied', () => {
    expect(standingOf(row(), row({ ...cosigned(10), endedAt: '2026-01-01T00:00:30.000Z' }), at(0))?.by).toBe('applied');
  });
});

test('a process that never had a lease is not waited for', () => {
  expect(mayHaveLease(row({ longestSeconds: 0 }))).toBe(false);
  expect(mayHaveLease(row())).toBe(true);
  expect(mayHaveLease(row({ longestSeconds: 0, endedAt: '2026-01-01T00:00:30.000Z' }))).toBe(true);
});
