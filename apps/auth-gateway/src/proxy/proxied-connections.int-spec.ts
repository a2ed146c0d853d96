import 'reflect-metadata';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, millisecondsUntil } from '@keyfold/testing/eventually';
import { type TestApiKey } from '@keyfold/testing/log-writer';
import { basic, type ProxiedGateway, startProxiedGateway } from '@keyfold/testing/proxied-gateway';
import { RawConnection, startRawUpstream } from '@keyfold/testing/test-upstream';
import { event } from '../../../../libs/domain/test/test-log.js';
import type { RunningProxy } from './start-proxy.js';

let world: ProxiedGateway;
let key: TestApiKey;
let authorization: string;
const opened: RawConnection[] = [];

beforeAll(async () => {
  world = await startProxiedGateway();
  key = await world.writer.issue(world.anna);
  authorization = basic('anna', key.key);
  await world.caughtUp();
});

afterEach(() => {
  for (const { socket } of opened.splice(0)) socket.destroy();
});

afterAll(() => world.close());

async function open(
  line: string,
  { key: used = key, fields = [] as string[], body = '' } = {},
): Promise<RawConnection> {
  const lines = [line, 'Host: proxy', `Authorization: ${basic(used.username, used.key)}`, ...fields, '', body];
  const connection = await RawConnection.open(world.proxyUrl, lines.join('\r\n'));
  opened.push(connection);
  return connection;
}

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

async function openUpgraded(used: TestApiKey): Promise<RawConnection> {
  const connection = await open('GET /ws HTTP/1.1', { key: used, fields: UPGRADE });
  await eventually(() => connection.text.includes('101 Switching Protocols'));
  return connection;
}

async function openStream(used: TestApiKey): Promise<RawConnection> {
  const connection = await open('GET /sse HTTP/1.1', { key: used });
  await eventually(() => connection.text.includes('data: 2'));
  return connection;
}

describe('connections that last', () => {
  test('an upgraded connection carries bytes both ways, also those sent too early', async () => {
    const connection = await open('GET /ws?room=1 HTTP/1.1', { fields: UPGRADE, body: 'early ' });
    connection.socket.write('later');
    await eventually(() => connection.text.endsWith('early later'));
    expect(connection.text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(connection.text).toMatch(/upgrade: websocket\r\n/i);
    expect(connection.text).not.toMatch(/forged|x-keyfold/i);
    const fields = new Map(world.upstream.seen.at(-1)?.fields.map(([name, value]) => [name.toLowerCase(), value]));
    expect(fields.get('remote-user')).toBe('anna');
    expect(fields.get('x-keyfold-assertion')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(fields.get('sec-websocket-key')).toBe('dGhlIHNhbXBsZSBub25jZQ==');
    expect(fields.has('authorization')).toBe(false);
    connection.socket.end();
    await eventually(() => connection.isClosed && world.upstream.open.size === 0);
  });

  test('HTTP/2 is not among the protocols that the upstream is offered', async () => {
    await open('GET /ws HTTP/1.1', { fields: ['Connection: Upgrade', 'Upgrade: h2c, websocket'] });
    await eventually(() => world.upstream.seen.at(-1)?.fields.some(([name]) => name === 'Upgrade') === true);
    expect(world.upstream.seen.at(-1)?.fields).toContainEqual(['Upgrade', 'websocket']);
  });

  test('an upstream that refuses the upgrade is passed on, one that changes to something else is not', async () => {
    const refused = await open('GET /refuse HTTP/1.1', { fields: UPGRADE });
    await eventually(() => refused.isClosed);
    expect(refused.text).toMatch(/^HTTP\/1\.1 426 [\s\S]*no$/);
    expect(refused.text).not.toMatch(/remote-user/i);
    const other = await open('GET /other HTTP/1.1', { fields: UPGRADE });
    await eventually(() => other.isClosed);
    expect(other.text).toMatch(/^HTTP\/1\.1 502 /);
  });

  test('events come as they are sent, and the upstream learns that the client has gone', async () => {
    const connection = await openStream(key);
    expect(connection.text).toMatch(/content-type: text\/event-stream/);
    connection.socket.destroy();
    await eventually(() => world.upstream.open.size === 0);
  });

  test('the head of an answer comes before its body', async () => {
    let finish = (): void => undefined;
    world.upstream.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '4' }).flushHeaders();
      finish = () => response.end('done');
    };
    const connection = await open('GET / HTTP/1.1');
    await eventually(() => connection.text.endsWith('\r\n\r\n'));
    finish();
    await eventually(() => connection.text.endsWith('done'));
  });

  test('a client that does not read holds the upstream back instead of filling memory', async () => {
    let written = 0;
    world.upstream.answer = (_request, response) => {
      const piece = Buffer.alloc(65_536);
      const fill = (): void => {
        do written += piece.byteLength;
        while (response.write(piece));
      };
      response.on('drain', fill);
      fill();
    };
    const connection = await open('GET /endless HTTP/1.1');
    connection.socket.pause();
    let before = -1;
    await eventually(async () => {
      const isStill = written === before;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return isStill;
    });
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(32_000_000);
  });
});

describe('a connection to the upstream that was kept and is closed as a request goes out on it', () => {
  /** Answers the first request of each connection, and hangs up on the second; @returns what has come, by connection */
  async function forgetful(
    hangUp: (socket: Socket) => void,
  ): Promise<{ proxy: RunningProxy; seen: string[][]; end(): Promise<void> }> {
    const seen = new Map<Socket, string[]>();
    const upstream = await startRawUpstream((socket, request) => {
      const ofSocket = [...(seen.get(socket) ?? []), request.split(' HTTP/1.1')[0] ?? ''];
      seen.set(socket, ofSocket);
      if (ofSocket.length === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else hangUp(socket);
    });
    const proxy = await world.proxyBefore(upstream.url);
    const end = async (): Promise<void> => {
      await proxy.close();
      await upstream.close();
    };
    return {
      proxy,
      end,
      get seen() {
        return [...seen.values()];
      },
    };
  }

  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('%s without a body is sent once more', async (method) => {
    for (const hangUp of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      const upstream = await forgetful(hangUp);
      await (await fetch(`${upstream.proxy.url}/1`, { headers: { authorization } })).text();
      const second = await fetch(`${upstream.proxy.url}/2`, { method, headers: { authorization } });
      expect([second.status, await second.text()]).toEqual([200, method === 'HEAD' ? '' : 'ok']);
      expect(upstream.seen).toEqual([['GET /1', `${method} /2`], [`${method} /2`]]);
      await upstream.end();
    }
  });

  test.each([
    ['POST', undefined],
    ['POST', 'a=1'],
    ['PATCH', 'a=1'],
    ['PUT', 'a=1'],
  ])('%s with the body %s is not: nobody knows whether it was carried out', async (method, body) => {
    const upstream = await forgetful((socket) => socket.end());
    await (await fetch(`${upstream.proxy.url}/1`, { headers: { authorization } })).text();
    const init = { method, headers: { authorization }, ...(body === undefined ? {} : { body }) };
    const second = await fetch(`${upstream.proxy.url}/2`, init);
    expect([second.status, await second.json()]).toMatchObject([502, { code: 'UPSTREAM_FAILED' }]);
    expect(upstream.seen).toEqual([['GET /1', `${method} /2`]]);
    await upstream.end();
  });

  test('an upstream that hangs up on a new connection, or answers badly, is not asked again', async () => {
    for (const answer of ['', 'HTTP/1.1 101 No\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n']) {
      let requests = 0;
      const upstream = await startRawUpstream((socket) => {
        requests++;
        if (answer === '') socket.end();
        else socket.end(answer);
      });
      const proxy = await world.proxyBefore(upstream.url);
      const response = await fetch(proxy.url, { headers: { authorization } });
      expect([response.status, requests]).toEqual([502, 1]);
      await proxy.close();
      await upstream.close();
    }
  });

  test('the second try is the last', async () => {
    let requests = 0;
    const sockets = new Set<Socket>();
    const upstream = await startRawUpstream((socket) => {
      requests++;
      if (sockets.size < 2) {
        sockets.add(socket);
        // Both connections are kept: neither is answered before both are there.
        if (sockets.size === 2) for (const each of sockets) each.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      } else {
        socket.end();
      }
    });
    const proxy = await world.proxyBefore(upstream.url);
    await Promise.all([1, 2].map(() => fetch(proxy.url, { headers: { authorization } })));
    const response = await fetch(proxy.url, { headers: { authorization } });
    expect([response.status, requests]).toEqual([502, 4]);
    await proxy.close();
    await upstream.close();
  });
});

describe('what a key may have open at once', () => {
  test('is bounded: one more is a 429 that says so, other keys and what is open go on, and what ends makes room', async () => {
    const other = await world.writer.issue(world.anna);
    await world.caughtUp();
    const proxy = await world.proxyBefore(world.upstream.url, { maxOpenPerKey: 3 });
    const stream = rawRequest('GET /sse HTTP/1.1');
    const upgrade = rawRequest('GET /ws HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket');
    const open = await Promise.all([stream, upgrade, stream].map((bytes) => RawConnection.open(proxy.url, bytes)));
    await eventually(() => open.every(({ text }) => /data: 2|101 Switching/.test(text)));
    expect(await openNow()).toEqual({ request: 2, upgraded: 1 });

    for (const bytes of [rawRequest('GET / HTTP/1.1', 'Connection: close'), upgrade]) {
      const refused = await exchange(bytes, proxy.url);
      expect(refused).toMatch(/^HTTP\/1\.1 429 /);
      expect(refused).toContain('"code":"TOO_MANY_CONNECTIONS"');
      expect(refused).toMatch(/\r\nRetry-After: 1\r\n/);
      expect(refused).toContain('RateLimit-Policy: "open-connections";q=3;qu="concurrent-requests"');
    }
    const headers = { authorization: basic('anna', other.key) };
    expect((await fetch(proxy.url, { headers })).status).toBe(200);
    expect(open.some(({ isClosed }) => isClosed)).toBe(false);

    open[1]?.socket.destroy();
    await eventually(async () => (await fetch(proxy.url, { headers: { authorization } })).status === 200);
    for (const { socket } of open) socket.destroy();
    await eventually(async () => (await openNow()).request + (await openNow()).upgraded === 0);
    expect(await metric('proxy_refusals_total{limit="key"}')).toBeGreaterThanOrEqual(2);
    await proxy.close();
  });
});

describe('when a key stops passing', () => {
  test('its connections end within a second, those of others go on', async () => {
    const doomed = await world.writer.issue(world.anna);
    const stays = [await openUpgraded(key), await openStream(key)];
    const ends = [await openUpgraded(doomed), await openStream(doomed)];
    world.upstream.answer = () => undefined;
    const waiting = await open('POST /slow HTTP/1.1', { key: doomed, fields: ['Content-Length: 1'], body: 'x' });
    const uploading = await open('POST /upload HTTP/1.1', { key: doomed, fields: ['Content-Length: 9'], body: 'x' });
    const { length } = world.upstream.seen;
    await eventually(() => world.upstream.seen.slice(length - 1).some(({ url }) => url === '/slow'));
    await world.writer.revoke(doomed);
    await world.caughtUp();
    expect(await millisecondsUntil(() => ends.every(({ isClosed }) => isClosed))).toBeLessThan(1_000);
    await eventually(() => waiting.text.includes('\r\n\r\n'));
    expect(waiting.text).toMatch(/^HTTP\/1\.1 401 /);
    expect(await millisecondsUntil(() => uploading.isClosed)).toBeLessThan(1_000);
    expect(uploading.text).toMatch(/^HTTP\/1\.1 401 /);
    // What is cut must not look complete.
    expect(ends[1]?.text).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(stays.map(({ isClosed }) => isClosed)).toEqual([false, false]);
    stays[0]?.socket.write('still');
    await eventually(() => stays[0]?.text.endsWith('still') === true);
    await eventually(() => world.upstream.open.size === 2);
  });

  test.each([
    [
      'keys are switched off',
      event('settings/security', 'SecuritySettingsChanged', {
        before: { apiKeyAuthenticationEnabled: true },
        after: { apiKeyAuthenticationEnabled: false },
      }),
    ],
    ['the owner is deactivated', 'UserDeactivated'],
    ['the role is withdrawn', 'RoleWithdrawn'],
  ])('also when %s', async (_name, what) => {
    const bert = await world.writer.user(
      `bert-${what === 'UserDeactivated' ? 'd' : 'w'}${world.upstream.seen.length}`,
      [world.signInRole],
    );
    const own = await world.writer.issue(bert);
    const connection = await openUpgraded(own);
    const data = what === 'RoleWithdrawn' ? { roleId: world.signInRole } : {};
    await world.writer.append(typeof what === 'string' ? event(`user/${bert.userId}`, what, data) : what);
    await world.caughtUp();
    expect(await millisecondsUntil(() => connection.isClosed)).toBeLessThan(1_000);
    if (typeof what !== 'string') await world.writer.changeSettings({ apiKeyAuthenticationEnabled: true });
    await world.caughtUp();
  });

  test('also when it expires, which no record announces', async () => {
    const { logClock } = world.gateway.parts.freshness;
    // Far enough away that the connection is open before; in its last second no key gets an assertion.
    const endsAtMs = Date.now() + 5_000;
    const brief = await world.writer.issue(world.anna, { expiry: { at: new Date(endsAtMs).toISOString() } });
    const connection = await openUpgraded(brief);
    let closedAtMs = 0;
    connection.socket.once('close', () => (closedAtMs = logClock.nowMs()));
    await eventually(() => logClock.nowMs() >= endsAtMs);
    expect(await millisecondsUntil(() => connection.isClosed)).toBeLessThan(1_000);
    expect(closedAtMs).toBeGreaterThanOrEqual(endsAtMs);
  });

  test('also when the gateway has lost its lease', async () => {
    const connection = await openUpgraded(key);
    world.writer.admin.leaseSeconds = 3;
    await eventually(() => world.gateway.parts.freshness.lease.held?.leaseSeconds === 3);
    await world.writer.admin.stop();
    await eventually(() => !world.gateway.parts.freshness.holdsLease());
    expect(await millisecondsUntil(() => connection.isClosed)).toBeLessThan(1_000);
  });
});

const rawRequest = (line: string, ...fields: string[]): string =>
  [line, 'Host: proxy', `Authorization: ${authorization}`, ...fields, '', ''].join('\r\n');

/** Sends bytes as they are; resolves with everything once the proxy has closed the connection. */
async function exchange(bytes: string, url: string): Promise<string> {
  const connection = await RawConnection.open(url, bytes);
  await eventually(() => connection.isClosed);
  return connection.text;
}

async function metric(name: string): Promise<number> {
  const page = await (await fetch(`${world.gateway.opsUrl}/metrics`)).text();
  return Number(page.split(`\nkeyfold_gateway_${name} `)[1]?.split('\n')[0]);
}

async function openNow(): Promise<{ request: number; upgraded: number }> {
  return {
    request: await metric('proxy_connections_open{kind="request"}'),
    upgraded: await metric('proxy_connections_open{kind="upgraded"}'),
  };
}
