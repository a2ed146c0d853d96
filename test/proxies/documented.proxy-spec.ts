import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@keyfold/local-servers';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import { apisix } from './documented/apisix.js';
import {
  type DocumentedProxy,
  type Field,
  type GatewayAddresses,
  type Outcome,
  valuesOf,
} from './documented/documented-proxy.js';
import { envoyGrpc, envoyHttp, envoyParts, named } from './documented/envoy.js';
import { at, listAt, shippedYaml, textAt, textsAt } from './documented/shipped-yaml.js';
import { traefik } from './documented/traefik.js';
import { CHALLENGE, IDENTITY, NOT_FOR_CLIENTS } from './guarantees/setting.js';
import { issueKeys, type ProxiedWorld } from './proxied-world.js';

const HERE = '192.0.2.7';
const TELLS = ['WWW-Authenticate', 'Retry-After', 'RateLimit', 'RateLimit-Policy'];

let world: GatewayWorld;
let gateway: TestAuthGateway;
let good: GatewayAddresses;
let stale: GatewayAddresses;
let keys: Pick<ProxiedWorld, 'keyId' | 'may'>;

beforeAll(async () => {
  world = await startGatewayWorld();
  const ports = [await freePort(), await freePort()].map(String);
  const grpc = (at: number): { env: Record<string, string> } => ({
    env: { KEYFOLD_GATEWAY_GRPC_PORT: ports[at] ?? '' },
  });
  gateway = await world.gateway({ trustedProxies: '127.0.0.1', ...grpc(0) });
  const other = await world.gateway({
    gatewayId: 'stale',
    natsUrl: '',
    adminInternalUrl: 'http://127.0.0.1:9',
    ...grpc(1),
  });
  keys = await issueKeys(world, HERE);
  await world.caughtUp(gateway);
  good = { http: new URL(gateway.url).host, grpc: `127.0.0.1:${ports[0] ?? ''}` };
  stale = { http: new URL(other.url).host, grpc: `127.0.0.1:${ports[1] ?? ''}` };
});

afterAll(async () => {
  await world.stop();
});

describe.each<[string, DocumentedProxy, number]>([
  ['Traefik', traefik, 500],
  ['Envoy over HTTP', envoyHttp, 503],
  ['Envoy over gRPC', envoyGrpc, 503],
  ['APISIX', apisix, 503],
])('%s, as documented', (_name, proxy, whenDown) => {
  const ask = (
    fields: readonly Field[],
    options: { method?: string; uri?: string; ip?: string; to?: GatewayAddresses } = {},
  ): Promise<Outcome> => {
    const { ip = HERE, method = 'GET', to = good, uri = '/orders/7?a=b' } = options;
    return proxy(to, { method, uri, ip, fields: [['Host', 'service.example'], ...fields] });
  };
  const credentials = (who: keyof ProxiedWorld['may'] = 'pass'): Field => ['Authorization', keys.may[who]];
  const statusOf = (outcome: Outcome): number => (outcome.passed ? 200 : outcome.status);
  const expectOurIdentity = (outcome: Outcome): void => {
    expect(outcome.passed).toBe(true);
    // As servers read names that fold them.
    const folded = outcome.fields.map(([sent, value]) => [sent.replace(/[^A-Za-z0-9]/g, '-'), value] as const);
    expect(Object.fromEntries(IDENTITY.map((header) => [header, valuesOf(folded, header)]))).toEqual({
      'Remote-User': ['anna'],
      'X-Keyfold-User-Id': [world.anna.userId],
      'X-Keyfold-Key-Id': [keys.keyId],
      'X-Keyfold-Roles': ['API Key Sign In'],
      'X-Keyfold-Scopes': ['reports,orders'],
      'X-Keyfold-Position': [expect.stringMatching(/^\d+$/)],
    });
    for (const header of ['Authorization', 'X-Keyfold-Assertion', 'X-Keyfold-Status'])
      expect(valuesOf(folded, header)).toEqual([]);
  };

  test('who may pass reaches the service, which learns who it is and never the key', async () => {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PROPFIND', 'QUERY']) {
      const outcome = await ask([credentials(), ['X-Own', 'kept']], { method });
      expectOurIdentity(outcome);
      expect(valuesOf(outcome.fields, 'X-Own')).toEqual(['kept']);
    }
  });

  test('everybody else gets 401 and the challenge', async () => {
    for (const fields of [[], [['Authorization', basic('anna', 'x')]], [['Authorization', 'Bearer x']]] as Field[][]) {
      const outcome = await ask(fields);
      expect([statusOf(outcome), valuesOf(outcome.fields, 'WWW-Authenticate')]).toEqual([401, [CHALLENGE]]);
    }
  });

  test('two lines of credentials are refused', async () => {
    const outcome = await ask([credentials(), ['Authorization', basic('bob', 'x')]]);
    expect([400, 401]).toContain(statusOf(outcome));
  });

  test('limits hold for the request as it is, whatever the client says of it', async () => {
    const lies: Field[] = ['X-Forwarded-Method', 'X-Original-Method'].map((header) => [header, 'GET']);
    expect(statusOf(await ask([credentials('read')]))).toBe(200);
    expect(statusOf(await ask([credentials('read'), ...lies], { method: 'POST' }))).toBe(403);
    expect(statusOf(await ask([credentials('read'), ['Sec-WebSocket-Key', 'x'], ['Upgrade', 'websocket']]))).toBe(403);
    const from: Field[] = ['X-Forwarded-For', 'X-Real-IP', 'X-Client-IP'].map((header) => [header, '10.1.2.3']);
    expect(statusOf(await ask([credentials('comeFromElsewhere'), ...from]))).toBe(403);
    expect(statusOf(await ask([credentials('comeFromElsewhere')], { ip: '10.1.2.3' }))).toBe(200);
  });

  test('429 comes with what the limit is', async () => {
    const { key } = await world.writer.issue(world.anna, { rateLimit: { requests: 1, seconds: 86_400 } });
    await world.caughtUp(gateway);
    expect(statusOf(await ask([['Authorization', basic('anna', key)]]))).toBe(200);
    const outcome = await ask([['Authorization', basic('anna', key)]]);
    expect(statusOf(outcome)).toBe(429);
    for (const header of TELLS.slice(1))
      expect([header, valuesOf(outcome.fields, header)]).toEqual([header, [expect.stringMatching(/./)]]);
  });

  test('nobody passes while the gateway is not current or away', async () => {
    expect(statusOf(await ask([credentials()], { to: stale }))).toBe(503);
    const away = `127.0.0.1:${await freePort()}`;
    for (const fields of [[credentials()], []])
      expect(statusOf(await ask(fields, { to: { http: away, grpc: away } }))).toBe(whenDown);
  });

  test('what a client makes up is not taken from it, in no spelling', async () => {
    const names = [...IDENTITY, 'X-Keyfold-Assertion', 'X-Keyfold-Status'];
    for (const header of names)
      for (const alias of [
        header,
        header.toUpperCase(),
        header.replaceAll('-', '_'),
        header.replaceAll('-', '.'),
        header.replace('-', '~'),
      ]) {
        const outcome = await ask([credentials(), [alias, 'admin'], [alias, 'root']]);
        if (outcome.passed) expectOurIdentity(outcome);
        else expect([alias, outcome.status]).toEqual([alias, 400]);
        expect([400, 401]).toContain(statusOf(await ask([[alias, 'admin']])));
      }
  });

  test('nothing that only a proxy may say reaches the service', async () => {
    const outcome = await ask([credentials(), ...NOT_FOR_CLIENTS.map((header): Field => [header, 'forged.example'])]);
    expect(outcome.passed).toBe(true);
    expect(outcome.fields.filter(([, value]) => value.includes('forged'))).toEqual([]);
  });
});

// Go's reverse proxy, which is Traefik's, tunnels whatever `Upgrade` offers and the service takes.
test('Traefik passes no upgrade on but WebSocket, which the gateway is told of', async () => {
  const upgradeOf = async (who: 'pass' | 'read', ...fields: Field[]): Promise<unknown> => {
    const own: Field[] = [
      ['Host', 'service.example'],
      ['Authorization', keys.may[who]],
      ['Connection', 'Upgrade'],
    ];
    const outcome = await traefik(good, { method: 'GET', uri: '/x', ip: HERE, fields: [...own, ...fields] });
    return outcome.passed ? valuesOf(outcome.fields, 'Upgrade') : outcome.status;
  };
  const key: Field = ['Sec-WebSocket-Key', 'x'];
  expect(await upgradeOf('read', ['Upgrade', 'h2c'], ['HTTP2-Settings', 'AAMAAABkAAQ'])).toEqual([]);
  expect(await upgradeOf('read', ['Upgrade', 'websocket'])).toEqual([]);
  expect(await upgradeOf('read', ['Upgrade', 'h2c'], ['Upgrade', 'websocket'])).toEqual([]);
  expect(await upgradeOf('pass', ['Upgrade', 'h2c'], ['Upgrade', 'WebSocket'], key)).toEqual(['websocket']);
  expect(await upgradeOf('read', ['Upgrade', 'websocket'], key)).toBe(403);
});

describe('what safety depends on in the files', () => {
  test('Traefik: the question comes first, all identity is replaced, and nobody’s word on the request is taken', () => {
    const entryPoint = at(shippedYaml('traefik/traefik.yml'), 'entryPoints', 'web');
    const routing = at(shippedYaml('traefik/dynamic/keyfold.yml'), 'http');
    expect(at(entryPoint, 'forwardedHeaders')).toEqual({ insecure: false, trustedIPs: [] });
    expect(at(entryPoint, 'http', 'aliasHeadersStrategy')).toBe('delete');
    expect(at(entryPoint, 'http', 'sanitizePath')).toBe(true);
    expect(Object.values(at(entryPoint, 'http', 'encodedCharacters') as object)).toEqual(Array(7).fill(false));
    for (const [name, last] of [
      ['app', 'keyfold-no-upgrade'],
      ['app-websocket', 'keyfold-websocket'],
    ] as const)
      expect(textsAt(routing, 'routers', name, 'middlewares')).toEqual(['keyfold', 'keyfold-clean', last]);
    expect(Object.keys(at(routing, 'routers') as object)).toEqual(['app', 'app-websocket']);
    const rules = ['app', 'app-websocket'].map((name) => textAt(routing, 'routers', name, 'rule'));
    expect(rules).toEqual([
      'PathPrefix(`/`)',
      'PathPrefix(`/`) && HeaderRegexp(`Upgrade`, `(?i)^websocket$`) && HeaderRegexp(`Sec-WebSocket-Key`, `.`)',
    ]);
    const forwardAuth = at(routing, 'middlewares', 'keyfold', 'forwardAuth');
    expect(Object.keys(forwardAuth as object)).toEqual(['address', 'authRequestHeaders', 'authResponseHeaders']);
    expect(textAt(forwardAuth, 'address')).toMatch(/^http:\/\/\{\{ env "KEYFOLD_GATEWAY" \}\}\/v1\/forward-auth$/);
    expect(textsAt(forwardAuth, 'authResponseHeaders')).toEqual(IDENTITY);
  });

  test.each(['envoy/envoy-http.yaml', 'envoy/envoy-grpc.yaml'])(
    '%s: cleaned, asked, routed; a failure refuses',
    (file) => {
      const { authorization, filters, host, manager } = envoyParts(file);
      expect(filters.map((filter) => textAt(filter, 'name'))).toEqual([
        'envoy.filters.http.header_mutation',
        'envoy.filters.http.ext_authz',
        'envoy.filters.http.router',
      ]);
      expect(manager).toMatchObject({
        use_remote_address: true,
        xff_num_trusted_hops: 0,
        normalize_path: true,
        merge_slashes: true,
        path_with_escaped_slashes_action: 'REJECT_REQUEST',
        common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
        upgrade_configs: [{ upgrade_type: 'websocket' }],
      });
      expect(authorization).toMatchObject({
        transport_api_version: 'V3',
        failure_mode_allow: false,
        clear_route_cache: false,
      });
      expect(textsAt(host, 'request_headers_to_remove')).toEqual(['authorization']);
      expect(named(authorization, 'allowed_headers')).toEqual(
        expect.arrayContaining(['x-forwarded-for', 'upgrade', 'sec-websocket-key']),
      );
      // Routes may switch the filter off; the shipped ones do not.
      expect(JSON.stringify(manager)).not.toContain('typed_per_filter_config');
      const service = Object(authorization) as { http_service?: unknown; grpc_service?: unknown };
      const timeout =
        'http_service' in service
          ? at(service.http_service, 'server_uri', 'timeout')
          : at(service.grpc_service, 'timeout');
      expect(Number.parseFloat(String(timeout))).toBeGreaterThanOrEqual(1);
      const clusters = listAt(shippedYaml(file), 'static_resources', 'clusters').map((cluster) =>
        textAt(cluster, 'name'),
      );
      expect(clusters).toEqual(['keyfold', 'app']);
    },
  );

  test('Envoy over HTTP takes every identity header and tells every reason', () => {
    const back = at(envoyParts('envoy/envoy-http.yaml').authorization, 'http_service', 'authorization_response');
    expect(named(back, 'allowed_upstream_headers')).toEqual(IDENTITY.map((header) => header.toLowerCase()));
    expect(named(back, 'allowed_client_headers')).toEqual(
      expect.arrayContaining(TELLS.map((header) => header.toLowerCase())),
    );
  });

  test('APISIX: a failure refuses, no name with an underscore passes, the key goes after the question', () => {
    const plugins = at(shippedYaml('apisix/apisix.yaml'), 'routes', 0, 'plugins');
    expect(at(plugins, 'forward-auth')).toMatchObject({
      request_method: 'GET',
      status_on_error: 503,
      allow_degradation: false,
    });
    expect(textsAt(plugins, 'forward-auth', 'upstream_headers')).toEqual(IDENTITY);
    expect(textsAt(plugins, 'forward-auth', 'client_headers')).toEqual(expect.arrayContaining(TELLS));
    expect(textsAt(plugins, 'proxy-rewrite', 'headers', 'remove')).not.toContain('Authorization');
    expect(at(shippedYaml('apisix/config.yaml'), 'nginx_config', 'http')).toEqual({ underscores_in_headers: 'off' });
    expect(at(shippedYaml('apisix/apisix.yaml'), 'routes', 0, 'enable_websocket')).toBe(false);
  });
});
