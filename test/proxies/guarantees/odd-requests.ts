import { describe, expect, test } from '@jest/globals';
import { basic } from '@keyfold/testing/gateway-world';
import { conversation } from './raw-conversations.js';
import { authorized, type Setting } from './setting.js';

/** What two servers could read differently. */
export function oddRequests({ world }: Setting): void {
  describe('paths', () => {
    const odd = [
      '//x',
      '/a//b',
      '/./x',
      '/a/../x',
      '/a/..',
      '/public/%2e%2e/admin',
      '/public/..%2fadmin',
      '/public/%2E./admin',
      '/a%2fb',
      '/a%5cb',
      '/a\\b',
      '/%61dmin',
      '/a%00',
      '/a%0d%0ab',
      '/%252e%252e/x',
      '/%252fx',
      '/..;/x',
      '/a;/../x',
      '/;x/y',
      '/a%7e',
    ];

    test('that two servers could read differently are refused, with a key and without', async () => {
      for (const path of odd)
        for (const fields of [[authorized(world())], []])
          expect([path, (await world().ask(`GET ${path}?q=1`, fields)).status]).toEqual([path, 400]);
      expect(world().seen()).toEqual([]);
    });

    test('that are plain go on byte for byte, whatever their query holds', async () => {
      for (const path of [
        '/',
        '/a/b/',
        '/a.b/..c',
        '/x;v=1/y',
        '/%C3%A9t%C3%A9',
        '/a%20b',
        '/a+b',
        "/~x/@y/(z)*!$&'=,:",
        '/a?q=../..//%2e%2e/%00',
        '/a?',
        '/a?x=%2F%5c"|',
        '/search?q=100%',
        '/search?q=%zz&r=%4',
      ]) {
        expect([path, (await world().ask(`GET ${path}`, [authorized(world())])).status]).toEqual([path, 200]);
        expect(
          world()
            .seen()
            .map(({ url }) => url),
        ).toEqual([path]);
        expect([path, (await world().ask(`GET ${path}`)).status]).toEqual([path, 401]);
      }
      expect(world().seen()).toEqual([]);
    });
  });

  describe('requests that can be read in two ways', () => {
    test.each([
      [
        'two credentials',
        () => ['GET /x HTTP/1.1', 'Host: x', authorized(world()), `Authorization: ${basic('bob', 'x')}`],
      ],
      [
        'the same credentials twice',
        () => ['GET /x HTTP/1.1', 'Host: x', `Authorization: ${basic('bob', 'x')}`, authorized(world())],
      ],
      ['two hosts', () => ['GET /x HTTP/1.1', 'Host: x', 'Host: y', authorized(world())]],
      [
        'a length and a coding',
        () => ['POST /x HTTP/1.1', 'Host: x', 'Content-Length: 4', 'Transfer-Encoding: chunked', 'Connection: close'],
      ],
      [
        'two lengths',
        () => ['POST /x HTTP/1.1', 'Host: x', authorized(world()), 'Content-Length: 3', 'Content-Length: 4'],
      ],
      ['a folded line', () => ['GET /x HTTP/1.1', 'Host: x', 'Authorization:', ' Basic abc']],
      ['a blank in a name', () => ['GET /x HTTP/1.1', 'Host: x', 'Remote-User : admin']],
      ['the whole address', () => ['GET http://other/x HTTP/1.1', 'Host: other']],
      ['TRACE', () => ['TRACE /x HTTP/1.1', 'Host: x', authorized(world())]],
      ['CONNECT', () => ['CONNECT x:80 HTTP/1.1', 'Host: x:80', authorized(world())]],
      ['HTTP/1.0', () => ['GET /x HTTP/1.0']],
      ['a method in small letters', () => ['get /x HTTP/1.1', 'Host: x']],
    ])('%s never reach the service', async (_what, lines) => {
      const { text } = await conversation(world().proxy.url, [`${lines().join('\r\n')}\r\n\r\n0\r\n\r\n`]);
      expect(text).not.toMatch(/^HTTP\/1\.[01] [123]/);
      expect(world().seen()).toEqual([]);
    });

    test('HTTP/1.0 without a Host is asked about like every other request', async () => {
      for (const [fields, allowed] of [
        ['', false],
        [`${authorized(world())}\r\n`, true],
      ] as const) {
        const { text } = await conversation(world().proxy.url, [`GET /x HTTP/1.0\r\n${fields}\r\n`]);
        // What the service makes of a request that names no host is its own business.
        expect([allowed, /^HTTP\/1\.[01] 401/.test(text)]).toEqual([allowed, !allowed]);
      }
      world().seen();
    });

    test('OPTIONS for the server as a whole is not for the service', async () => {
      for (const fields of [[], [authorized(world())]]) {
        // Some proxies answer it themselves.
        await world().ask('OPTIONS *', fields);
        if (fields.length === 0) expect(world().seen()).toEqual([]);
        else for (const { url } of world().seen()) expect(url).toBe('*');
      }
    });
  });
}
