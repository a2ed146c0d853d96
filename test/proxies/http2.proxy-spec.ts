import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { authorized, CHALLENGE, expectOurIdentity, NOT_FOR_CLIENTS } from './guarantees/setting.js';
import { startHaproxyForHttp2, startNginxForHttp2 } from './installed-proxies.js';
import { type ProxiedWorld, startProxiedWorld } from './proxied-world.js';

interface Answer {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly body: string;
}

/**
 * Clients that speak HTTP/2, as most do where TLS ends at the proxy; without TLS here, since that changes nothing of
 * the messages.
 */
describe.each([
  ['nginx', startNginxForHttp2],
  ['haproxy', startHaproxyForHttp2],
])('%s towards clients of HTTP/2', (_name, start) => {
  let world: ProxiedWorld;
  let session: ClientHttp2Session;

  beforeAll(async () => {
    world = await startProxiedWorld(start);
    session = connect(world.proxy.url);
  });

  afterAll(async () => {
    session.close();
    await world.stop();
  });

  const ask = (path: string, headers: OutgoingHttpHeaders, body = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const stream = session.request(
        { ':path': path, ':authority': 'service.example', ...headers },
        { endStream: body === '' },
      );
      let status = 0;
      let challenge: string | undefined;
      let text = '';
      stream.on('response', (fields) => {
        status = fields[':status'] ?? 0;
        challenge = fields['www-authenticate'];
      });
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('error', reject);
      stream.on('end', () => {
        resolve({ status, challenge, body: text });
      });
      if (body !== '') stream.end(body);
    });
  const credentials = (who: keyof ProxiedWorld['may'] = 'pass'): OutgoingHttpHeaders => ({
    authorization: authorized(world, who).replace('Authorization: ', ''),
  });

  test('who may pass reaches the service, which learns who it is', async () => {
    const own = { ...credentials(), cookie: ['a=1', 'b=2'] };
    expect(await ask('/reports/7?a=b', own)).toMatchObject({ status: 200, body: 'ok' });
    const [request] = world.upstream.seen;
    expect(request).toMatchObject({ method: 'GET', url: '/reports/7?a=b' });
    expect(request?.fields.map(([name, value]) => [name.toLowerCase(), value])).toEqual(
      expect.arrayContaining([
        ['host', 'service.example'],
        ['cookie', 'a=1; b=2'],
        ['x-forwarded-for', '127.0.0.1'],
        ['x-forwarded-host', 'service.example'],
      ]),
    );
    expectOurIdentity(world);
    const body = 'x'.repeat(300_000);
    expect(await ask('/upload', { ...credentials(), ':method': 'POST' }, body)).toMatchObject({ body: '300000' });
    world.seen();
  });

  test('who may not is refused as over HTTP/1.1', async () => {
    const anna = { authorization: `Basic ${Buffer.from('anna:nothing').toString('base64')}` };
    for (const fields of [{}, anna, { ...anna, ':method': 'POST' }])
      expect(await ask('/x', fields)).toMatchObject({ status: 401, challenge: CHALLENGE });
    expect((await ask('/x', credentials('comeFromElsewhere'))).status).toBe(403);
    const claims = { 'x-forwarded-method': 'GET', 'x-original-method': 'GET', 'x-http-method-override': 'GET' };
    expect((await ask('/x', { ...credentials('read'), ...claims, ':method': 'POST' }, 'x')).status).toBe(403);
    for (const path of ['//x', '/a/../x', '/a%2fb', '/%2e%2e/x'])
      expect([path, (await ask(path, credentials())).status]).toEqual([path, 400]);
    expect(world.seen()).toEqual([]);
  });

  test('nothing that the client made up reaches the service', async () => {
    const names = [
      'Remote-User',
      'remote_user',
      'X-Keyfold-User-Id',
      'x_keyfold_roles',
      'x.keyfold.scopes',
      ...NOT_FOR_CLIENTS,
    ];
    const made = Object.fromEntries(names.map((name) => [name.toLowerCase(), 'forged.example']));
    expect((await ask('/x', { ...credentials(), ...made })).status).toBe(200);
    expect(world.upstream.seen.flatMap(({ fields }) => fields).filter(([, value]) => value.includes('forged'))).toEqual(
      [],
    );
    expectOurIdentity(world);
  });
});
