import { describe, expect, test } from '@jest/globals';
import { TrustedProxies } from './trusted-proxies.js';

const proxies = new TrustedProxies(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1']);

describe('TrustedProxies', () => {
  test('by default nobody is trusted', () => {
    const none = new TrustedProxies([]);
    for (const address of ['127.0.0.1', '::1', '10.0.0.1']) expect(none.isTrusted(address)).toBe(false);
  });

  test('ranges and single addresses, IPv4 also as a dual-stack socket shows it', () => {
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::7', '192.0.2.1'])
      expect(proxies.isTrusted(address)).toBe(true);
    for (const address of ['11.0.0.1', '192.0.2.2', 'x', undefined]) expect(proxies.isTrusted(address)).toBe(false);
  });

  test.each([
    ['198.51.100.7', '198.51.100.7'],
    ['203.0.113.9, 198.51.100.7, 10.0.0.2', '198.51.100.7'],
    ['127.0.0.1, 198.51.100.7', '198.51.100.7'],
    ['10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['198.51.100.7:4711', '198.51.100.7'],
    ['[2001:db9::1]:4711', '2001:db9::1'],
    ['2001:db9::1', '2001:db9::1'],
    ['198.51.100.7, unknown', null],
    ['unknown, 10.0.0.2', null],
    ['198.51.100.0/24', null],
    ['', null],
  ])('the client of "%s" is %s', (forwardedFor, client) => {
    expect(proxies.clientOf(forwardedFor)).toBe(client);
  });

  test('what is no range is refused at start', () => {
    expect(() => new TrustedProxies(['all'])).toThrow();
  });
});
