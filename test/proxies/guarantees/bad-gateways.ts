import { describe, expect, test } from '@jest/globals';
import { fold } from '../proxied-world.js';
import { authorized, IDENTITY, type Setting } from './setting.js';

/** What is not a gateway, or none that answers. */
export function badGateways({ traits, world }: Setting): void {
  describe('what is no answer of the gateway that allows', () => {
    const identity = IDENTITY.map((name) => `${name}: root\r\n`).join('');
    const ok = (fields: string): string => `HTTP/1.1 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`;

    test('never lets anybody pass, and the next good answer does', async () => {
      const bad = [
        '',
        'garbage\r\n\r\n',
        'HTTP/1.1 200 OK\r\nRemote-User: root\r\nX-Keyf',
        `HTTP/1.1 302 Found\r\nLocation: /login\r\n${identity}Content-Length: 0\r\n\r\n`,
        `HTTP/1.1 404 Not Found\r\n${identity}Content-Length: 0\r\n\r\n`,
        `HTTP/1.1 500 Internal Server Error\r\n${identity}Content-Length: 0\r\n\r\n`,
        `HTTP/1.1 502 Bad Gateway\r\n${identity}Content-Length: 0\r\n\r\n`,
      ];
      for (const answer of bad) {
        await world().link.become({ answer });
        expect([answer, (await world().ask('GET /x', [authorized(world())])).status]).toEqual([
          answer,
          expect.any(Number),
        ]);
        expect(world().seen()).toEqual([]);
      }
      await world().link.become({ to: world().gateway.url });
      expect((await world().ask('GET /x', [authorized(world())])).status).toBe(200);
    });

    test('a failure of the gateway is one, not a refusal', async () => {
      await world().link.become({ answer: `HTTP/1.1 ${traits.whenFailing.head}\r\nContent-Length: 0\r\n\r\n` });
      expect((await world().ask('GET /x', [authorized(world())])).status).toBe(traits.whenFailing.shown);
      expect(world().seen()).toEqual([]);
    });

    test('a server that answers 200 without saying who it is gives nobody an identity', async () => {
      await world().link.become({ answer: ok('') });
      await world().ask('GET /x', [authorized(world()), ...IDENTITY.map((name) => `${name}: admin`)]);
      for (const request of world().seen())
        expect(request.fields.filter(([name]) => IDENTITY.some((header) => fold(header) === fold(name)))).toEqual([]);
      await world().link.become({ to: world().gateway.url });
    });

    test('nobody passes while the gateway is away or silent, and everybody may again afterwards', async () => {
      for (const state of ['down', 'silent'] as const) {
        await world().link.become(state);
        const [withKey, without] = await Promise.all([
          world().ask('GET /x', [authorized(world())]),
          world().ask('GET /x'),
        ]);
        expect([withKey.status, without.status]).toEqual([traits.whenAway[state], traits.whenAway[state]]);
      }
      expect(world().seen()).toEqual([]);
      await world().link.become({ to: world().gateway.url });
      expect((await world().ask('GET /x', [authorized(world())])).status).toBe(200);
    });
  });
}
