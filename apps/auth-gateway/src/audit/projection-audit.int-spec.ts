import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonValue } from '@keyfold/domain';
import type { TestAuthGateway } from '@keyfold/testing/auth-gateway';
import { eventually } from '@keyfold/testing/eventually';
import { basic, type GatewayWorld, startGatewayWorld } from '@keyfold/testing/gateway-world';
import type { TestApiKey } from '@keyfold/testing/log-writer';
import { event } from '../../../../libs/domain/test/test-log.js';
import { readRowsOf } from './stored-rows.js';

let world: GatewayWorld;
let gateway: TestAuthGateway;
/** Two keys are not in memory together, so that a row is read when its key is used. */
const ONE_ENTRY = { KEYFOLD_GATEWAY_CACHE_ENTRIES: '1', KEYFOLD_GATEWAY_AUDIT_INTERVAL_SECONDS: '0' };

beforeAll(async () => {
  world = await startGatewayWorld();
  gateway = await world.gateway({ env: ONE_ENTRY });
  await world.caughtUp(gateway);
});
afterAll(() => world.stop());
afterEach(async () => {
  // Whatever a test has altered is the log's again.
  await until(gateway, 0);
});

async function ask(key: TestApiKey, of = gateway): Promise<number> {
  const response = await fetch(`${of.url}/v1/me`, { headers: { authorization: basic(key.username, key.key) } });
  return response.status;
}

async function alter(text: string, values: readonly unknown[] = []): Promise<void> {
  const { rowCount } = await gateway.parts.pool.query(text, [...values]);
  expect(rowCount).toBe(1);
}

/** Sets a member of a state. */
function setMember(table: string, id: string, [member, value]: readonly [string, JsonValue]): Promise<void> {
  const column =
    table === 'api_keys' ? 'key_id' : table === 'users' ? 'user_id' : table === 'roles' ? 'role_id' : 'settings_id';
  return alter(
    `update ${table} set state = jsonb_set(state::jsonb, string_to_array($2, '.'), $3::jsonb)::json where ${column} = $1`,
    [id, member, JSON.stringify(value)],
  );
}

/** Rounds until so many differences more have been found and all is put right. */
async function until(of: TestAuthGateway, atLeast: number): Promise<void> {
  const before = of.parts.audit.differences;
  await eventually(async () => {
    await of.parts.audit.round();
    expect(of.parts.audit.differences - before).toBeGreaterThanOrEqual(atLeast);
    expect(of.parts.facts.distrustedStreams).toEqual([]);
  });
}

function alarms(of: TestAuthGateway, stream: string): Record<string, unknown>[] {
  return of.lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['alarm'] === 'PROJECTION_DIFFERS' && line['stream'] === stream);
}

const rowOf = async (stream: string): Promise<unknown> =>
  (await readRowsOf(gateway.parts.pool, [stream])).rows.get(stream);

describe('a row that something else has altered is found and put right, and its key is answered by the log', () => {
  test('a key made good again, while memory holds it so', async () => {
    const [key, other] = [await world.writer.issue(world.anna), await world.writer.issue(world.anna)];
    await world.writer.revoke(key);
    await world.caughtUp(gateway);
    const stream = `api-key/${key.keyId}`;
    const right = await rowOf(stream);
    await setMember('api_keys', key.keyId, ['revokedAtMs', null]);
    expect(await ask(other)).toBe(200);
    // Read from the altered row, now it is in memory.
    expect(await ask(key)).toBe(200);
    await until(gateway, 2);
    expect(await ask(key)).toBe(401);
    expect(await rowOf(stream)).toEqual(right);
    expect(alarms(gateway, stream)).toMatchObject([
      { where: 'row', difference: 'state.revokedAtMs' },
      { where: 'memory' },
    ]);
    expect(await ask(other)).toBe(200);
    expect(await ask(key)).toBe(401);
  });

  test('a key with a later end, an added one, and one that is gone', async () => {
    const [late, added, gone, other] = [
      await world.writer.issue(world.anna, { expiry: { at: '2020-01-01T00:00:00.000Z' } }),
      await world.writer.issue(world.anna),
      await world.writer.issue(world.anna),
      await world.writer.issue(world.anna),
    ];
    await world.caughtUp(gateway);
    expect([await ask(late), await ask(other)]).toEqual([401, 200]);
    await setMember('api_keys', late.keyId, ['expiresAtMs', Date.now() + 86_400_000]);
    await alter('delete from api_keys where key_id = $1', [gone.keyId]);
    const madeUp = `${added.keyId.slice(0, -1)}${added.keyId.endsWith('x') ? 'y' : 'x'}`;
    await alter('update api_keys set key_id = $2 where key_id = $1', [added.keyId, madeUp]);
    expect([await ask(gone), await ask(added)]).toEqual([401, 401]);
    await until(gateway, 4);
    expect([await ask(late), await ask(other), await ask(gone), await ask(added)]).toEqual([401, 200, 200, 200]);
    expect(await rowOf(`api-key/${madeUp}`)).toBeUndefined();
  });

  test('a role, a grant, the settings', async () => {
    const nobody = await world.writer.role('Nothing', []);
    const bob = await world.writer.user('bob', [nobody]);
    const carol = await world.writer.user('carol', []);
    const [bobs, carols] = [await world.writer.issue(bob), await world.writer.issue(carol)];
    await world.caughtUp(gateway);
    expect([await ask(bobs), await ask(carols)]).toEqual([401, 401]);
    await setMember('users', carol.userId, ['roleIds', [world.signInRole]]);
    await setMember('roles', nobody, ['permissions', ['api-key.sign-in']]);
    await setMember('settings', 'security', ['settings.maxApiKeyLifetimeDays', 3_650]);
    const dataless = await restarted();
    await world.caughtUp(dataless);
    expect([await ask(bobs, dataless), await ask(carols, dataless)]).toEqual([200, 200]);
    // Three rows, and in memory at least the role and the settings.
    await until(dataless, 5);
    expect([await ask(bobs, dataless), await ask(carols, dataless)]).toEqual([401, 401]);
    expect(dataless.parts.facts.settings.settings.maxApiKeyLifetimeDays).not.toBe(3_650);
    await dataless.close();
  });

  test('a missing user, whose next record would have stopped the gateway', async () => {
    const dora = await world.writer.user('dora', [world.signInRole]);
    const key = await world.writer.issue(dora);
    await world.caughtUp(gateway);
    await alter('delete from users where user_id = $1', [dora.userId]);
    // Out of memory, so that the row is looked for.
    expect(await ask(await world.writer.issue(world.anna))).toBe(200);
    expect(gateway.parts.facts.held('user', dora.userId)).toBeUndefined();
    await world.writer.append(
      event(`user/${dora.userId}`, 'RoleGranted', { roleId: await world.writer.role('More', []) }),
    );
    await world.caughtUp(gateway);
    expect(gateway.parts.projector.stopped).toBeNull();
    expect(await ask(key)).toBe(200);
    expect(alarms(gateway, `user/${dora.userId}`)).toMatchObject([{ where: 'row', difference: 'the row is missing' }]);
  });
});

/** Another process on the same tables, whose memory is made from them as they are now. */
function restarted(): Promise<TestAuthGateway> {
  const { connectionString } = gateway.parts.pool.options as { connectionString: string };
  return world.gateway({ databaseUrl: connectionString, env: ONE_ENTRY });
}

test('another process of the gateway puts its memory right as well, within seconds', async () => {
  const sibling = await restarted();
  const [key, other] = [await world.writer.issue(world.anna), await world.writer.issue(world.anna)];
  await world.writer.revoke(key);
  await Promise.all([world.caughtUp(gateway), world.caughtUp(sibling)]);
  await setMember('api_keys', key.keyId, ['revokedAtMs', null]);
  expect([await ask(other, sibling), await ask(key, sibling)]).toEqual([200, 200]);
  await gateway.parts.audit.check([`api-key/${key.keyId}`]);
  await eventually(async () => {
    expect(await ask(key, sibling)).toBe(401);
  });
  expect(alarms(sibling, `api-key/${key.keyId}`)).toMatchObject([{ where: 'memory' }]);
  await sibling.close();
});

test('as long as a row differs, its key is answered by the log, whatever keeps the row from being put right', async () => {
  const key = await world.writer.issue(world.anna);
  await world.caughtUp(gateway);
  expect(await ask(key)).toBe(200);
  const { audit, facts, pool } = gateway.parts;
  await alter(`update users set version = version + 1 where user_id = $1`, [world.anna.userId]);
  await setMember('api_keys', key.keyId, ['readOnly', true]);
  // Nobody can put the row right: it is locked.
  const lock = await pool.connect();
  await lock.query('begin; select from projection where id = 1 for update');
  const checked = audit.check([`api-key/${key.keyId}`]);
  await eventually(() => facts.distrustedStreams.length === 1);
  expect(await ask(key)).toBe(200);
  const other = await world.writer.issue(world.anna);
  await lock.query('commit');
  lock.release();
  await checked;
  await world.caughtUp(gateway);
  expect(facts.distrustedStreams).toEqual([]);
  expect(await ask(other)).toBe(200);
});

test('a process in doubt over a row cosigns nothing of what it applies meanwhile', async () => {
  await world.caughtUp(gateway);
  const { facts, leaseProcess } = gateway.parts;
  const stream = `user/${world.anna.userId}`;
  facts.distrust(stream);
  const { cosignedSize } = leaseProcess;
  await world.writer.issue(world.anna);
  await world.caughtUp(gateway);
  // It has applied more than it has cosigned, and is asked to.
  expect(facts.appliedSize).toBeGreaterThan(cosignedSize);
  expect([leaseProcess.cosignNewest(), leaseProcess.cosignedSize]).toEqual([false, cosignedSize]);
  facts.trust(stream);
  await eventually(() => leaseProcess.cosignNewest() || leaseProcess.cosignedSize > cosignedSize);
});

test('nothing is found where nothing was altered, whatever is written and erased meanwhile', async () => {
  const before = gateway.parts.audit.differences;
  for (let nth = 0; nth < 8; nth++) {
    const user = await world.writer.user(`user-${nth}`, [world.signInRole]);
    const key = await world.writer.issue(user, { name: 'a name', allowedIpRanges: ['127.0.0.0/8'] });
    await Promise.all([
      gateway.parts.audit.round(),
      nth % 2 === 0 ? world.writer.revoke(key) : world.writer.append(event(`user/${user.userId}`, 'UserErased')),
      gateway.parts.audit.check([`api-key/${key.keyId}`, `user/${user.userId}`, 'api-key/none']),
    ]);
    await world.caughtUp(gateway);
    await gateway.parts.audit.check([`api-key/${key.keyId}`, `user/${user.userId}`]);
  }
  expect(gateway.parts.audit.differences).toBe(before);
  expect(gateway.parts.audit.compared).toBeGreaterThan(30);
});
