import { describe, expect, test } from '@jest/globals';
import { eventually } from '@keyfold/testing/eventually';
import { readAs } from '../proxied-world.js';
import { conversation, openUpgrade } from './raw-conversations.js';
import { authorized, expectOurIdentity, type Setting } from './setting.js';

/** What somebody with a key that passes may expect. */
export function whoMayPass({ traits, world }: Setting): void {
  describe('who may pass', () => {
    test('reaches the service, which learns who it is and never the key', async () => {
      const answer = await world().ask('GET /reports/7?a=b', [authorized(world()), 'X-Own: kept', 'Cookie: c=1']);
      expect([answer.status, answer.body]).toEqual([200, 'ok']);
      const [request] = world().upstream.seen;
      expect([request?.method, request?.url]).toEqual(['GET', '/reports/7?a=b']);
      expect(request?.fields.map(([name, value]) => [name.toLowerCase(), value])).toEqual(
        expect.arrayContaining([
          ['x-own', 'kept'],
          ['cookie', 'c=1'],
          ['host', 'service.example'],
          ['x-forwarded-for', '127.0.0.1'],
          ['x-forwarded-proto', 'http'],
          ['x-forwarded-host', 'service.example'],
        ]),
      );
      expectOurIdentity(world());
    });

    test.each(['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT', 'M-SEARCH', 'QUERY'])(
      'may do so by %s',
      async (method) => {
        const answer = await world().ask(`${method} /x`, [authorized(world())]);
        expect([answer.status, answer.body]).toEqual([200, method === 'HEAD' ? '' : 'ok']);
        expect(world().upstream.seen.map((request) => request.method)).toEqual([method]);
        expectOurIdentity(world());
      },
    );

    test('bodies arrive whole, whether their length is known or not, and nothing of them goes to the gateway', async () => {
      const body = 'x'.repeat(300_000);
      const known = await world().ask('POST /upload', [authorized(world()), `Content-Length: ${body.length}`], body);
      expect([known.status, known.body]).toEqual([200, '300000']);
      const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
      const unknown = await world().ask('PUT /upload', [authorized(world()), 'Transfer-Encoding: chunked'], chunked);
      expect([unknown.status, unknown.body]).toEqual([200, '300000']);
      const expecting = [authorized(world()), 'Content-Length: 3', 'Expect: 100-continue'];
      expect((await world().ask('POST /upload', expecting, 'abc')).body).toBe('3');
      const questions = world().link.taken();
      expect(questions.map(({ requestLine }) => requestLine)).toEqual(questions.map(() => traits.question));
      expect(questions).toHaveLength(3);
    });

    test('what the service answers comes as it is, refusals and failures too', async () => {
      for (const status of [201, 204, 302, 401, 403, 404, 429, 500, 503]) {
        world().upstream.answer = (_request, response) => {
          response.writeHead(status, { 'x-of-the-service': 'yes', location: '/elsewhere', 'retry-after': '77' });
          response.end(status === 204 ? undefined : 'of the service');
        };
        const answer = await world().ask('GET /x', [authorized(world())]);
        expect([answer.status, answer.headers['x-of-the-service'], answer.headers['retry-after']]).toEqual([
          status,
          'yes',
          '77',
        ]);
        if (status !== 204) expect(answer.body).toContain('of the service');
      }
      world().upstream.answer = (_request, response) => response.end('ok');
    });

    test('a key passes again and again on one connection, and says nothing for the request after it', async () => {
      const { text } = await conversation(world().proxy.url, [
        `GET /1 HTTP/1.1\r\nHost: x\r\n${authorized(world())}\r\n\r\n`,
        `GET /2 HTTP/1.1\r\nHost: x\r\n${authorized(world())}\r\n\r\n`,
        'GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      ]);
      expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 401']);
      expect(
        world()
          .seen()
          .map(({ url }) => url),
      ).toEqual(['/1', '/2']);
    });

    test('WebSocket passes, both ways', async () => {
      const upgrade = await openUpgrade(world().proxy.url, '/socket', 'WebSocket', [authorized(world())]);
      await eventually(() => upgrade.text.startsWith('HTTP/1.1 101'));
      upgrade.socket.write('hello');
      await eventually(() => upgrade.text.endsWith('hello'));
      upgrade.socket.destroy();
      expectOurIdentity(world());
    });

    test('heads of 20 kB pass both ways, as SSO systems make them', async () => {
      const cookie = 'c'.repeat(20_000);
      world().upstream.answer = (_request, response) => response.setHeader('x-long', 'l'.repeat(20_000)).end('ok');
      const answer = await world().ask('GET /x', [authorized(world()), `Cookie: ${cookie}`]);
      world().upstream.answer = (_request, response) => response.end('ok');
      expect([answer.status, answer.headers['x-long']?.length]).toEqual([200, 20_000]);
      expect(
        world()
          .seen()
          .map((request) => readAs('Cookie', request)),
      ).toEqual([[cookie]]);
    });

    test('Java’s client and curl --http2 do, which offer HTTP/2 with every request, also with a key that may only read', async () => {
      const offer = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAEAAEAAAAIAAAAA'];
      expect((await world().ask('GET /x', [authorized(world(), 'read'), ...offer])).status).toBe(200);
      const seen = world().seen();
      expect(seen.map((request) => ['HTTP2-Settings', 'Upgrade'].flatMap((name) => readAs(name, request)))).toEqual([
        [],
      ]);
    });

    test('no other upgrade does', async () => {
      for (const protocol of [
        'h2c',
        'something',
        'h2c, websocket',
        'h2c\r\nUpgrade: websocket',
        'websocket\r\nUpgrade: h2c',
      ]) {
        const upgrade = await openUpgrade(world().proxy.url, '/x', protocol, [
          authorized(world()),
          'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA',
        ]);
        // Of two lines, a proxy may take the one that it knows.
        await eventually(() => /^HTTP\/1\.1 (200|400|101 [^]*upgrade: websocket\r)/i.test(upgrade.text));
        upgrade.socket.destroy();
        for (const request of world().seen()) {
          expect(readAs('HTTP2-Settings', request)).toEqual([]);
          expect(['', 'websocket']).toContain(readAs('Upgrade', request).join());
        }
      }
    });
  });
}
