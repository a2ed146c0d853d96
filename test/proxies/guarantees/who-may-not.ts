import { describe, expect, test } from '@jest/globals';
import { eventually } from '@keyfold/testing/eventually';
import { basic } from '@keyfold/testing/gateway-world';
import { readAs } from '../proxied-world.js';
import { openUpgrade } from './raw-conversations.js';
import { authorized, CHALLENGE, type Setting } from './setting.js';

/** What everybody else gets. */
export function whoMayNot({ traits, world }: Setting): void {
  describe('who may not', () => {
    test.each([
      ['no credentials', []],
      ['a wrong key', [`Authorization: ${basic('anna', 'kf_wrong')}`]],
      ['another scheme', ['Authorization: Bearer abc']],
      ['an empty field', ['Authorization:']],
      ['credentials for the proxy', [`Proxy-Authorization: ${basic('anna', 'x')}`]],
    ])('gets 401 and the challenge with %s', async (_what, fields) => {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PROPFIND']) {
        const answer = await world().ask(`${method} /x?${fields.length}`, fields);
        expect([method, answer.status, answer.headers['www-authenticate']]).toEqual([method, 401, CHALLENGE]);
        if (method === 'HEAD') expect(answer.body).toBe('');
      }
      expect(world().seen()).toEqual([]);
    });

    test('is not waited for: a body stays unread', async () => {
      const answer = await world().ask('POST /x', ['Content-Length: 500000', 'Expect: 100-continue']);
      expect(answer.status).toBe(401);
      expect(world().seen()).toEqual([]);
    });

    test('gets 403 where the key may only read, whatever the client says of its method', async () => {
      const lies = ['X-Forwarded-Method', 'X-Original-Method', 'X-HTTP-Method-Override', 'X_Forwarded_Method'].map(
        (name) => `${name}: GET`,
      );
      for (const method of ['POST', 'DELETE', 'PATCH', 'FOO']) {
        const answer = await world().ask(`${method} /x`, [authorized(world(), 'read'), ...lies]);
        expect([method, answer.status]).toEqual([method, 403]);
        if (traits.passesProblemsOn) expect(JSON.parse(answer.body)).toMatchObject({ code: 'READ_ONLY' });
      }
      expect(world().seen()).toEqual([]);
      for (const method of ['GET', 'HEAD'])
        expect((await world().ask(`${method} /x`, [authorized(world(), 'read')])).status).toBe(200);
    });

    test('a key that may only read opens no WebSocket, and does not write by another name of the method', async () => {
      const upgrade = await openUpgrade(world().proxy.url, '/socket', 'websocket', [authorized(world(), 'read')]);
      await eventually(() => upgrade.text.startsWith('HTTP/1.1 403'));
      upgrade.socket.destroy();
      expect(world().seen()).toEqual([]);
      const names = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'];
      await world().ask('GET /x', [authorized(world(), 'read'), ...names.map((name) => `${name}: DELETE`)]);
      const [request] = world().seen();
      expect(names.flatMap((name) => (request === undefined ? ['not asked'] : readAs(name, request)))).toEqual([]);
    });

    test('gets 403 where the key may not come from here, whatever the client says of its address', async () => {
      const lies = ['X-Forwarded-For', 'X-Real-IP', 'X-Client-IP', 'True-Client-IP', 'X_Forwarded_For'].map(
        (name) => `${name}: 10.1.2.3`,
      );
      for (const more of [
        [],
        lies,
        ['X-Forwarded-For: 10.1.2.3', 'X-Forwarded-For: 10.1.2.4'],
        ['Forwarded: for=10.1.2.3'],
      ])
        expect((await world().ask('GET /x', [authorized(world(), 'comeFromElsewhere'), ...more])).status).toBe(403);
      expect(world().seen()).toEqual([]);
    });

    test('gets 429 with what the limit is, once a key has been used too often', async () => {
      expect((await world().ask('GET /x', [authorized(world(), 'comeOnce')])).status).toBe(200);
      const answer = await world().ask('GET /x', [authorized(world(), 'comeOnce')]);
      expect(answer.status).toBe(429);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(answer.headers['ratelimit']).toMatch(/r=0/);
      expect(answer.headers['ratelimit-policy']).toMatch(/q=1;w=86400/);
      expect(world().seen()).toHaveLength(1);
    });

    test('gets 503 to try again later while the gateway is not current', async () => {
      await world().link.become({ to: world().stale.url });
      const answer = await world().ask('GET /x', [authorized(world())]);
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
      expect(world().seen()).toEqual([]);
    });
  });
}
