import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, millisecondsUntil } from '../../../../test/support/eventually.js';
import { event, type TestApiKey } from '../../../../test/support/log-writer.js';
import { basic, startProxiedGateway, type ProxiedGateway } from '../../../../test/support/proxied-gateway.js';
import { RawConnection } from '../../../../test/support/test-upstream.js';

let world: ProxiedGateway;
let key: TestApiKey;
const opened: RawConnection[] = [];

beforeAll(async () => {
  world = await startProxiedGateway();
  key = await world.writer.issue(world.anna);
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

describe('when a key stops passing', () => {
  test('its connections end within a second, those of others go on', async () => {
    const doomed = await world.writer.issue(world.anna);
    const stays = [await openUpgraded(key), await openStream(key)];
    const ends = [await openUpgraded(doomed), await openStream(doomed)];
    world.upstream.answer = () => undefined;
    const waiting = await open('POST /slow HTTP/1.1', { key: doomed, fields: ['Content-Length: 1'], body: 'x' });
    const { length } = world.upstream.seen;
    await eventually(() => world.upstream.seen.slice(length - 1).some(({ url }) => url === '/slow'));
    await world.writer.revoke(doomed);
    await world.caughtUp();
    expect(await millisecondsUntil(() => ends.every(({ isClosed }) => isClosed))).toBeLessThan(1_000);
    await eventually(() => waiting.text.includes('\r\n\r\n'));
    expect(waiting.text).toMatch(/^HTTP\/1\.1 401 /);
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
