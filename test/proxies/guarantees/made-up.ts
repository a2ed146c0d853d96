import { describe, expect, test } from '@jest/globals';
import { readAs } from '../proxied-world.js';
import { authorized, expectOurIdentity, IDENTITY, NOT_FOR_CLIENTS, type Setting } from './setting.js';

/** What a client says of itself and of its request changes nothing. */
export function madeUp({ traits, world }: Setting): void {
  describe('what a client makes up', () => {
    const aliases = (name: string): string[] => [
      name,
      name.toUpperCase(),
      name.replaceAll('-', '_'),
      name.replaceAll('-', '.'),
      name.replace('-', '_'),
      name.replace('-', '.'),
      name.replace(/-([^-]*)$/, '_$1'),
      name.replace(/-([^-]*)$/, '.$1'),
      name.replaceAll('-', '~'),
    ];

    test.each([...IDENTITY, 'X-Keyfold-Assertion', 'X-Keyfold-Status'])(
      '%s is not taken from it, in no spelling',
      async (name) => {
        for (const alias of aliases(name)) {
          const forged = [`${alias}: admin`, `${alias}: root`];
          const answer = await world().ask('GET /x', [authorized(world()), ...forged]);
          // Some servers refuse such names.
          if (answer.status === 200) expectOurIdentity(world());
          else expect([alias, answer.status, world().seen()]).toEqual([alias, 400, []]);
          expect((await world().ask('GET /x', forged)).status).toBe(401);
          expect(world().seen()).toEqual([]);
        }
        const dashed = await world().ask('GET /x', [authorized(world()), `${name}: admin`]);
        expect(dashed.status).toBe(200);
        world().seen();
      },
    );

    test('`Connection` takes no identity header away, and credentials that it lists are none', async () => {
      for (const listed of [
        IDENTITY.join(', '),
        'close, Remote-User',
        'X-Forwarded-For, X-Forwarded-Method, X-Original-Method',
      ]) {
        const fields = [authorized(world()), `Connection: ${listed}`, 'Connection: close'];
        expect((await world().ask('GET /x', fields)).status).toBe(200);
        // The next hop would take away what it lists.
        const connection = world().upstream.seen.flatMap((request) => readAs('Connection', request));
        expect(connection.join().toLowerCase()).not.toMatch(/remote|keyfold|forwarded/);
        expectOurIdentity(world());
      }
      const answer = await world().ask('GET /x', [authorized(world()), 'Connection: close, Authorization']);
      if (answer.status === 200) expectOurIdentity(world());
      else expect([answer.status, world().seen()]).toEqual([401, []]);
    });

    test('nothing that only a proxy may say reaches the service', async () => {
      const names = [
        ...NOT_FOR_CLIENTS,
        'X-Forwarded-For',
        'X-Forwarded-Host',
        'X-Forwarded-Proto',
        'X-Real-IP',
        'HTTP2-Settings',
      ];
      expect(
        (await world().ask('GET /x', [authorized(world()), ...names.map((name) => `${name}: forged.example`)])).status,
      ).toBe(200);
      const [request] = world().seen();
      expect(request?.fields.filter(([, value]) => value.includes('forged'))).toEqual([]);
    });

    test('the gateway is asked about the request as it is: of the client’s, nothing but credentials decides', async () => {
      const lies = [
        'X-Forwarded-Uri: /public',
        'X-Original-URI: %zz',
        'X-Original-URL: http://evil/%zz',
        'X-Forwarded-Host: evil',
        'Content-Length: 2',
        'Cookie: big=1',
      ];
      expect(
        (await world().ask('DELETE /orders/7?scopes=root&x=%20', [authorized(world()), ...lies], '{}')).status,
      ).toBe(200);
      const [question, ...more] = world().link.taken();
      expect(more).toEqual([]);
      expect(question?.requestLine).toBe(traits.question);
      const fields = (name: string): string[] =>
        (question?.fields ?? []).filter(([sent]) => sent === name).map(([, value]) => value);
      expect([fields(traits.methodField), fields(traits.uriField)]).toEqual([
        ['DELETE'],
        ['/orders/7?scopes=root&x=%20'],
      ]);
      expect(fields('x-forwarded-for')).toEqual(['127.0.0.1']);
      expect(fields('authorization')).toEqual([world().may.pass]);
      expect(fields('content-length').join()).toMatch(/^0?$/);
      expect(question?.fields.filter(([, value]) => value.includes('evil'))).toEqual([]);
      expect(
        world()
          .seen()
          .map(({ url }) => url),
      ).toEqual(['/orders/7?scopes=root&x=%20']);
    });

    test('a query can neither lift a demand of the configuration nor make one', async () => {
      for (const query of ['scopes=', 'scopes=root', 'scopes=%zz', 'scopes=reports', ''])
        expect([query, (await world().ask(`GET /x?${query}`, [authorized(world())])).status]).toEqual([
          query,
          query.includes('%zz') ? expect.any(Number) : 200,
        ]);
    });
  });
}
