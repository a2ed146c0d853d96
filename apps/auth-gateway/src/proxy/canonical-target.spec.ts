import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalTarget } from './canonical-target.js';

describe('a request target that everyone on the way reads alike', () => {
  test.each([
    '/',
    '/a/b/',
    '/a.b/..c/.d/e..',
    '/reports/2026;v=1/x,y(1)~',
    '/caf%C3%A9/%e4%bd%a0',
    '/a%20b%25',
    '/@user:x/$a+b=c&d!*',
    '/?a=1&b=//../%2e%2f?x',
    '/a?',
    '/q?filter={"a":[1]}|b\\c',
    '/search?q=100%',
    '/search?q=%zz&r=%4',
    '/search?q=%ff%00',
  ])('%s passes', (url) => {
    const [path = '', ...rest] = url.split('?');
    expect(canonicalTarget(url)).toEqual({ path, query: rest.length === 0 ? null : rest.join('?') });
  });

  test.each([
    ['an empty segment', '//admin'],
    ['an empty segment inside', '/a//b'],
    ['two slashes at the end', '/a//'],
    ['an empty segment with parameters', '/;x/admin'],
    ['this segment', '/./admin'],
    ['this segment at the end', '/a/.'],
    ['the one above', '/public/../admin'],
    ['the one above at the end', '/a/..'],
    ['the one above with parameters', '/public/..;/admin'],
    ['an escaped point', '/public/%2e%2e/admin'],
    ['an escaped point in upper case', '/public/%2E./admin'],
    ['an escaped slash', '/public/..%2fadmin'],
    ['an escaped backslash', '/public%5c..%5cadmin'],
    ['a backslash', '/public\\admin'],
    ['a backslash first', '\\admin'],
    ['an escaped NUL', '/admin%00'],
    ['an escaped line end', '/admin%0d%0aX:%20y'],
    ['an escaped DEL', '/a%7F'],
    ['an escaped letter', '/%61dmin'],
    ['an escaped digit', '/a%31'],
    ['an escaped tilde', '/%7Eanna'],
    ['a double escape', '/public/%252e%252e/admin'],
    ['an overlong slash', '/public/..%c0%afadmin'],
    ['an overlong point', '/%e0%80%ae/'],
    ['what is no UTF-8', '/caf%E9'],
    ['half an escape', '/a%2'],
    ['an escape that is none', '/a%zz'],
    ['a lone percent', '/100%'],
    ['an invalid escape before the query', '/a%zz?b'],
    ['a blank in the query', '/a?b c'],
    ['raw UTF-8 in the query', '/a?caf\u00e9'],
    ['a control in the query', '/a?b\u0009c'],
    ['DEL in the query', '/a?b\u007fc'],
    ['a fragment', '/a#b'],
    ['a fragment in the query', '/a?b#c'],
    ['raw UTF-8', '/caf\u00e9'],
    ['a raw blank', '/a b'],
    ['absolute form', 'http://upstream/admin'],
    ['a host and port', 'upstream:443'],
    ['an asterisk', '*'],
    ['nothing', ''],
    ['a query alone', '?a'],
  ])('%s does not', (_name, url) => {
    expect(canonicalTarget(url)).toBeNull();
  });

  describe('with escaped slashes passed on', () => {
    test.each(['/api/queues/%2F/orders', '/group%2Fproject', '/a%2f%2Fb', '/%2F', '/a%2F.b/..c%2Fd', '/a?b=..%2F'])(
      '%s passes',
      (url) => {
        expect(canonicalTarget(url, true)).not.toBeNull();
      },
    );

    test.each([
      '/a/..%2Fb',
      '/a%2F../b',
      '/a%2F..',
      '/a/.%2Fb',
      '/..%2f',
      '/a%2F..;x%2Fb',
      '/a%2F;/b',
      '/a%5Cb',
      '/a%252Fb',
      '//a%2Fb',
      '/a%2F%2e%2e',
    ])('%s does not', (url) => {
      expect(canonicalTarget(url, true)).toBeNull();
    });

    test('no target leads above itself, however its slashes are read, and what passes otherwise passes as well', () => {
      const piece = fc.constantFrom('/', '%2F', '%2f', '.', '..', ';', 'a', '%2e', '%5C', '%25', '2F', '?');
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
          const url = `/${pieces.join('')}`;
          const target = canonicalTarget(url, true);
          expect(canonicalTarget(url) === null || target !== null).toBe(true);
          const segments = (target?.path ?? '/').replaceAll(/%2F/gi, '/').split('/');
          expect(segments.filter((segment) => /^\.{0,2};|^\.{1,2}$/.test(segment))).toEqual([]);
        }),
        { numRuns: 2_000 },
      );
    });
  });

  test('long targets are read in linear time', () => {
    const started = process.cpuUsage();
    expect(canonicalTarget(`/${'a/'.repeat(100_000)}%`)).toBeNull();
    expect(canonicalTarget(`/${'%C3%A9'.repeat(30_000)}`)).not.toBeNull();
    expect(process.cpuUsage(started).user).toBeLessThan(1_000_000);
  });
});
