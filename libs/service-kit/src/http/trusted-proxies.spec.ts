import { describe, expect, test } from '@jest/globals';
import { TrustedProxies } from './trusted-proxies.js';

const proxies = new TrustedProxies(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1']);

describe('TrustedProxies', () => {
  test('by default nobody is trusted', () => {
    const none = new TrustedProxies([]);
    for (const address of ['127.0.0.1', '::1', '10.0.0.1']) expect(none.isTrusted(address)).toBe(false);
  });

  test('ranges and single addresses, IPv4 also as a dual-stack socket shows it', () => {
    for (const address of [
      '10.1.2.3',
      '::ffff:10.1.2.3',
      '2001:db8::7',
      '192.0.2.1',
      '[2001:db8::7]',
      '2001:db8::7%eth0',
    ])
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
    ['198.51.100.7, 10.0.0.2:443, [2001:db8::7]:443', '198.51.100.7'],
    ['198.51.100.7,, 10.0.0.2 ,', '198.51.100.7'],
    ['', null],
    [', ,', null],
  ])('the client of "%s" is %s', (forwardedFor, client) => {
    expect(proxies.clientOf(forwardedFor)).toBe(client);
  });

  describe('the client’s side of a request', () => {
    const sideOf = (headers: Record<string, string>, peer = '10.0.0.9'): unknown =>
      Object.values(
        proxies.clientSideOf({ headers: { host: 'keyfold', ...headers }, socket: { remoteAddress: peer } }),
      );
    const chain = '203.0.113.9, 198.51.100.7, 10.0.0.2';

    test.each([
      [{}, ['10.0.0.9', 'http', 'keyfold']],
      [{ 'x-forwarded-for': '203.0.113.7:54321' }, ['203.0.113.7', 'http', 'keyfold']],
      // What an unreadable entry stands for is not known; that the proxy to its right passed it on is.
      [{ 'x-forwarded-for': 'unknown' }, ['10.0.0.9', 'http', 'keyfold']],
      [{ 'x-forwarded-for': 'word, 10.0.0.2, 10.0.0.3' }, ['10.0.0.2', 'http', 'keyfold']],
      [{ 'x-forwarded-proto': 'https' }, ['10.0.0.9', 'https', 'keyfold']],
      [{ 'x-forwarded-proto': 'HTTPS' }, ['10.0.0.9', 'https', 'keyfold']],
      [{ 'x-forwarded-proto': 'https, https' }, ['10.0.0.9', 'https', 'keyfold']],
      [{ 'x-forwarded-proto': 'wss' }, ['10.0.0.9', 'https', 'keyfold']],
      [{ 'x-forwarded-proto': 'ws' }, ['10.0.0.9', 'http', 'keyfold']],
      [{ 'x-forwarded-proto': 'ftp' }, ['10.0.0.9', 'http', 'keyfold']],
      // One proxy more adds one entry more to each; what the client made up stands left of it.
      [
        {
          'x-forwarded-for': chain,
          'x-forwarded-proto': 'http, https, http',
          'x-forwarded-host': 'evil, a.example, b',
        },
        ['198.51.100.7', 'https', 'a.example'],
      ],
      [{ 'x-forwarded-for': chain, 'x-forwarded-proto': 'https, http' }, ['198.51.100.7', 'https', 'keyfold']],
      [{ 'x-forwarded-for': chain, 'x-forwarded-proto': 'https' }, ['198.51.100.7', 'https', 'keyfold']],
      [{ 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https, http' }, ['198.51.100.7', 'http', 'keyfold']],
    ])('%j behind a trusted proxy is %j', (headers, side) => {
      expect(sideOf(headers)).toEqual(side);
    });

    test('is what the connection says where the peer is not trusted', () => {
      const claims = { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'a.example' };
      expect(sideOf(claims, '::ffff:11.0.0.1')).toEqual(['11.0.0.1', 'http', 'keyfold']);
      expect(sideOf(claims, 'fe80::1%eth0')).toEqual(['fe80::1', 'http', 'keyfold']);
    });
  });

  test('what is no range is refused at start', () => {
    expect(() => new TrustedProxies(['all'])).toThrow();
  });
});
