import { describe, expect, test } from '@jest/globals';
import { deriveSharedKeys } from '@keyfold/domain';
import { sealRequest } from '../request-authentication.js';
import { openUseReport, sealUseReport, type UseReport } from './use-report.js';

const keys = deriveSharedKeys(['a shared secret of the tests that is long enough']);
const others = deriveSharedKeys(['another secret of the tests that is long enough too']);
const report: UseReport = {
  gatewayId: 'gateway-1',
  uses: [{ keyId: '0'.repeat(22), at: '2026-01-01T00:00:00.000Z', address: '192.0.2.1', surface: 'me' }],
  retired: [{ keyId: '1'.repeat(22), at: '2026-01-01T00:00:00.000Z', addresses: ['2001:db8::1'] }],
};

describe('a use report', () => {
  test('comes out as it went in, and only under the shared secret', () => {
    const text = sealUseReport(report, keys);
    expect(openUseReport(text, keys)).toEqual(report);
    expect(() => openUseReport(text, others)).toThrow('the mac of the request is wrong');
    expect(() => openUseReport(text.replace('192.0.2.1', '192.0.2.2'), keys)).toThrow('mac');
  });

  test('is not made of a request for something else', () => {
    expect(() => openUseReport(sealRequest('head', { ...report }, keys), keys)).toThrow('mac');
  });

  test('loses single entries that cannot be used, not the others', () => {
    const uses = [...report.uses, { keyId: 'x' }, { ...report.uses[0], address: 'fe80::1%eth0' }];
    const text = sealUseReport({ ...report, uses } as never, keys);
    expect(openUseReport(text, keys)).toEqual(report);
  });

  test('has bounds', () => {
    const uses = Array.from({ length: 501 }, () => report.uses[0]);
    expect(() => openUseReport(sealUseReport({ ...report, uses } as never, keys), keys)).toThrow('<=500');
  });
});
