import type { IncomingMessage } from 'node:http';
import { expect, test } from '@jest/globals';
import { isAmbiguous } from './request-headers.js';

/** The members of a request that are looked at. */
function request(fields: Readonly<Record<string, string>>, version = '1.1'): IncomingMessage {
  const seen = {
    headers: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value])),
    rawHeaders: Object.entries(fields).flat(),
    httpVersion: version,
    httpVersionMajor: Number(version.split('.')[0]),
  };
  return seen as unknown as IncomingMessage;
}

test.each(['a b', 'a, b', 'a/b', 'a@b', '[::1', '::1', 'a:b', 'a:1:2', '\xe4', 'a\tb', 'x#y', 'x?y', 'a\\b', '"a"'])(
  'Host: %s is no host',
  (host) => {
    expect(isAmbiguous(request({ Host: host }))).toBe(true);
    expect(isAmbiguous(request({ Host: 'usual.example' }))).toBe(false);
    expect(isAmbiguous(request({ Host: host }))).toBe(true);
  },
);

test.each([
  '',
  'x',
  'X.example:8080',
  '127.0.0.1:1',
  '[::1]',
  '[2001:db8::1]:443',
  '[fe80::1%25eth0]:80',
  'a_b',
  'xn--4ca',
  'a:',
  'a.',
])('Host: %s is one', (host) => {
  expect(isAmbiguous(request({ Host: host }))).toBe(false);
});

test('a Host may be left out in HTTP/1.0 alone, and other versions are none', () => {
  expect(['1.0', '1.1', '0.9', '2.0'].map((version) => isAmbiguous(request({}, version)))).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect(isAmbiguous(request({ Host: 'x' }, '2.0'))).toBe(true);
});
