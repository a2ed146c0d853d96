import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isIpAllowed, normaliseIpRange, readAddress } from './index.js';
import { isIpRange } from './ip-ranges.js';

test.each([
  ['10.1.2.3', '10.1.2.3/32'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['2001:DB8:0::1/32', '2001:db8::/32'],
  ['::1', '::1/128'],
  ['2001:db8::/127', '2001:db8::/127'],
  ['::ffff:192.0.2.7', '192.0.2.7/32'],
  ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ['::/0', '::/0'],
])('%s is kept as %s', (text, canonical) => {
  expect(normaliseIpRange(text)).toBe(canonical);
  expect(isIpRange(canonical)).toBe(true);
});

test.each([
  '',
  '10.1',
  '10.1.2.3.4',
  '010.1.2.3',
  '0x0a.1.2.3',
  '10.1.2.256',
  '10.1.2.3/33',
  '10.1.2.3/-1',
  '10.1.2.3/08',
  '10.1.2.3/',
  '10.1.2.3/8/8',
  ' 10.1.2.3',
  '10.1.2.3:80',
  '167838211',
  '::1/129',
  ':::',
  'fe80::1%eth0',
  '::ffff:010.1.2.3',
  '[::1]',
  'example.org',
])('%j is no range', (text) => {
  expect(normaliseIpRange(text)).toBe(null);
});

test('an address is allowed in a range of its family, a mapped one as what it maps', () => {
  expect(isIpAllowed(['10.0.0.0/8'], '10.255.255.255')).toBe(true);
  expect(isIpAllowed(['10.0.0.0/8'], '::ffff:10.1.2.3')).toBe(true);
  expect(isIpAllowed(['10.0.0.0/8'], '::ffff:a01:203')).toBe(true);
  expect(isIpAllowed(['10.0.0.0/8'], '11.0.0.0')).toBe(false);
  expect(isIpAllowed(['192.0.2.0/24', '2001:db8::/32'], '2001:db8:ffff::1')).toBe(true);
  expect(isIpAllowed(['::/0'], '10.1.2.3')).toBe(false);
  expect(isIpAllowed(['0.0.0.0/0'], '2001:db8::1')).toBe(false);
});

test('no range, an unreadable range or an unreadable address allows nothing', () => {
  expect(isIpAllowed([], '10.1.2.3')).toBe(false);
  expect(isIpAllowed(['10.0.0.0/8', 'nonsense'], '10.1.2.3')).toBe(false);
  for (const address of ['', 'unknown', '10.1.2.3:443', '10.1.2.3, 10.1.2.4', 'fe80::1%lo', '010.1.2.3']) {
    expect(isIpAllowed(['0.0.0.0/0', '::/0'], address)).toBe(false);
  }
});

test('an address lies in the range that it normalises to, at every length', () => {
  const octet = fc.nat(255);
  fc.assert(
    fc.property(fc.tuple(octet, octet, octet, octet), fc.nat(32), fc.nat(31), (octets, bits, flip) => {
      const address = octets.join('.');
      const range = normaliseIpRange(`${address}/${bits}`) ?? '';
      expect(isIpAllowed([range], address)).toBe(true);
      const flipped = octets
        .map((value, index) => (index === flip >> 3 ? value ^ (0x80 >> (flip & 7)) : value))
        .join('.');
      // A bit within the prefix decides; one behind it does not.
      expect(isIpAllowed([range], flipped)).toBe(flip >= bits);
    }),
  );
});

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:54321', '203.0.113.7'],
  [' 203.0.113.7 ', '203.0.113.7'],
  ['2001:DB8::0:1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:54321', '2001:db8::1'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['[::ffff:203.0.113.7]:54321', '203.0.113.7'],
  ['fe80::1%eth0', 'fe80::1'],
  ['[fe80::1%25]:443', 'fe80::1'],
])('%s is read as the address %s', (written, address) => {
  expect(readAddress(written)).toBe(address);
});

test.each([
  ...[
    '',
    'unknown',
    '_hidden',
    'client',
    'null',
    '-',
    'localhost',
    'example.org:80',
    '203.0.113.7:',
    '203.0.113.7:http',
  ],
  ...[
    '203.0.113.7:123456',
    '203.0.113.7:1:2',
    '203.0.113.0/24',
    '203.0.113',
    '010.1.2.3',
    '0x7f.1',
    '203.0.113.7%eth0',
  ],
  ...[
    '[2001:db8::1',
    '2001:db8::1]',
    '[]:1',
    '[unknown]:1',
    '[2001:db8::1]:',
    '1.2.3.4, 5.6.7.8',
    `[${':'.repeat(90_000)}`,
  ],
])('%j is no address', (written) => {
  expect(readAddress(written)).toBeNull();
});

test('an address reads the same however it is written, and what is read is read as itself', () => {
  const port = fc.nat(65_535);
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), port, (text, at) => {
      const address = readAddress(text);
      const host = text.includes(':') ? `[${text}]` : text;
      expect([`${host}:${at}`, host].map(readAddress)).toEqual([address, address]);
      expect(address === null ? null : readAddress(address)).toBe(address);
      expect(address === null || isIpAllowed([normaliseIpRange(text) ?? ''], address)).toBe(true);
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 120 }), (text) => readAddress(text) === null || /^[\d.]+$|:/.test(text)),
  );
});
