import { describe, expect, test } from '@jest/globals';
import { deriveSharedKeys } from '@keyfold/domain';
import { PROTOCOLS, sealRequest } from '../protocol/feed-message.js';
import { openUseReport, sealUseReport, type UseReport } from './use-report.js';

const keys = deriveSharedKeys(['a shared secret of the tests that is long enough']);
const others = deriveSharedKeys(['another secret of the tests that is long enough too']);
const report: UseReport = {
  gatewayId: 'gateway-1',
  uses: [{ keyId: '0'.repeat(22), at: '2026-01-01T00:00:00.000Z', address: '192.0.2.1', surface: 'me' }],
  retired: [{ keyId: '1'.repeat(22), at: '2026-01-01T00:00:00.000Z', addresses: ['2001:db8::1'] }],
};

describe.each(PROTOCOLS)('a use report in form %i', (protocol) => {
  const form = { protocol, keys };
  test('comes out as it went in, and only under the shared secret', () => {
    const text = sealUseReport(report, form).text;
    expect(openUseReport(text, keys).report).toEqual(report);
    expect(() => openUseReport(text, others)).toThrow('the mac of the request is wrong');
    expect(() => openUseReport(text.replace('192.0.2.1', '192.0.2.2'), keys)).toThrow('mac');
  });

  test('is not made of a request for something else', () => {
    expect(() => openUseReport(sealRequest('head', { ...report }, form).text, keys)).toThrow('mac');
  });

  test('loses single entries that cannot be used, not the others', () => {
    const uses = [...report.uses, { keyId: 'x' }, { ...report.uses[0], address: 'fe80::1%eth0' }];
    const text = sealUseReport({ ...report, uses } as never, form).text;
    expect(openUseReport(text, keys).report).toEqual(report);
  });

  test('may say more than this version knows', () => {
    const more = { ...report, uses: report.uses.map((use) => ({ ...use, more: 1 })), more: 1 };
    expect(openUseReport(sealUseReport(more, form).text, keys).report).toEqual(report);
  });

  test('has bounds', () => {
    const uses = Array.from({ length: 501 }, () => report.uses[0]);
    expect(() => openUseReport(sealUseReport({ ...report, uses } as never, form).text, keys)).toThrow('<=500');
  });
});
