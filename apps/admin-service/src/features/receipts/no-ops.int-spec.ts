import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { PostgresEventStore } from '@keyfold/event-store';
import type { LeaseProcess } from '@keyfold/testing/feed/lease-process';
import type { Answer } from '@keyfold/testing/http-client';
import { LeaseWorld } from '@keyfold/testing/lease-world';
import { createPerson, type Person } from '@keyfold/testing/signed-in';
import type { Confirmation } from '../../http/confirmation.js';

/* Writes that find nothing to do: what they claim must hold at every gateway before they are confirmed. */

const world = LeaseWorld.ofThisFile();
const processes: LeaseProcess[] = [];

beforeAll(async () => {
  await world.admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true, maxActiveKeysPerUser: 1_000 });
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.release()));
});

type Headers = Record<string, string>;
/** Makes the write that there is nothing left to do for. */
type Write = (headers?: Headers) => Promise<Answer>;

const person = (): Promise<Person> =>
  createPerson(world.service, world.admin, { roles: ['api-key-generate', 'api-key-sign-in'] });
const keyOf = async ({ client }: Person): Promise<string> => {
  const issued = await client.post('/v1/me/api-keys', {});
  expect(issued.status).toBe(201);
  return String(issued.body['id']);
};
const post = (path: string, body: object): Write => {
  return (headers) => world.admin.post(path, body, headers);
};
const newRole = async (): Promise<string> => {
  const { body } = await world.admin.post('/v1/roles', { name: `r${randomUUID().slice(0, 8)}`, permissions: [] });
  return String(body['id']);
};
const revocation = { reason: 'KEY_COMPROMISE' };

/** By the command: what must be there before, and then the write to be made twice. */
const commands: readonly [string, () => Promise<Write>][] = [
  ['a revocation of one key', async () => post(`/v1/api-keys/${await keyOf(await person())}/revoke`, revocation)],
  [
    'a revocation of one key that a bulk revocation has revoked',
    async () => {
      const owner = await person();
      const keyId = await keyOf(owner);
      const bulk = post('/v1/api-keys/revoke', { filter: { userId: owner.id }, ...revocation });
      return once(bulk, post(`/v1/api-keys/${keyId}/revoke`, revocation));
    },
  ],
  [
    'a bulk revocation',
    async () => {
      const owner = await person();
      await keyOf(owner);
      return post('/v1/api-keys/revoke', { filter: { userId: owner.id }, ...revocation });
    },
  ],
  [
    'a revocation of listed keys',
    async () => post('/v1/api-keys/revoke', { filter: { keyIds: [await keyOf(await person())] }, ...revocation }),
  ],
  [
    'a change of the settings',
    () =>
      Promise.resolve((headers) => world.admin.patch('/v1/settings/security', { gatewayLeaseSeconds: 59 }, headers)),
  ],
  ['a deactivation', async () => post(`/v1/users/${(await person()).id}/deactivate`, {})],
  [
    'a reactivation',
    async () => {
      const { id } = await person();
      await post(`/v1/users/${id}/deactivate`, {})();
      return post(`/v1/users/${id}/reactivate`, {});
    },
  ],
  [
    'an erasure',
    async () => {
      const { id } = await person();
      await post(`/v1/users/${id}/deactivate`, {})();
      return post(`/v1/users/${id}/erase`, {});
    },
  ],
  [
    'a grant',
    async () => {
      const path = `/v1/users/${(await person()).id}/roles/${await newRole()}`;
      return (headers) => world.admin.put(path, undefined, headers);
    },
  ],
  [
    'a withdrawal of a role',
    async () => {
      const path = `/v1/users/${(await person()).id}/roles/api-key-sign-in`;
      return (headers) => world.admin.delete(path, headers);
    },
  ],
  [
    'a change of a user',
    async () => {
      const path = `/v1/users/${(await person()).id}`;
      return (headers) => world.admin.patch(path, { displayName: 'Anna' }, headers);
    },
  ],
  [
    'a change of a role',
    async () => {
      const path = `/v1/roles/${await newRole()}`;
      return (headers) => world.admin.patch(path, { description: 'reads' }, headers);
    },
  ],
  [
    'an approval of keys',
    () => {
      const { gatewayId, key } = world.newProcess();
      return Promise.resolve(post(`/v1/gateways/${gatewayId}/approve`, { verifierKeys: [key.verifierKey] }));
    },
  ],
];

/** The first call makes the first write, every later one the second. */
function once(first: Write, later: Write): Write {
  let calls = 0;
  return (headers) => {
    calls += 1;
    return calls === 1 ? first(headers) : later(headers);
  };
}

/** What no one record had done: any of the keys may have been revoked by another one. */
const OF_MANY: ReadonlySet<string> = new Set(['a bulk revocation']);

const headPosition = async (): Promise<number> => (await world.partOf(PostgresEventStore).head()).size;
const confirmationOf = ({ body }: Answer): Confirmation => body['confirmation'] as Confirmation;

test.each(commands)('%s that finds it done waits until gateways have what did it', async (command, prepare) => {
  const write = await prepare();
  const process = world.newProcess();
  expect((await process.begin()).leaseSeconds).toBeGreaterThan(0);
  processes.push(process);

  const done = await write();
  expect([200, 204]).toContain(done.status);
  // Something else: the confirmation names what did it, wherever the head is.
  await newRole();
  const head = await headPosition();
  const again = await write({ prefer: 'wait=1' });
  // It has appended nothing, and the process has not applied what did it.
  expect([again.status, await headPosition()]).toEqual([202, head]);
  const { gateways, position } = confirmationOf(again);
  expect(gateways.find(({ gatewayId }) => gatewayId === process.gatewayId)?.by).toBeNull();
  expect(position).toBe(OF_MANY.has(command) ? head : Number(done.headers.get('keyfold-position')));

  const waited = world.admin.get(`/v1/confirmations/${position}`, { prefer: 'wait=20' });
  await process.ask();
  await process.ask();
  expect((await waited).body['status']).toBe('confirmed');
});

test('settings of which one has stood for longer than is looked back wait for the head', async () => {
  const change = (body: object, headers?: Headers): Promise<Answer> =>
    world.admin.patch('/v1/settings/security', body, headers);
  await change({ gatewayEnrolment: 'approved' });
  const asked = { gatewayEnrolment: 'automatic', gatewayLeaseSeconds: 58 };
  expect((await change(asked)).status).toBe(200);
  for (let nth = 0; nth < 200; nth += 1)
    expect((await change({ journalRetentionDays: 100 + (nth % 2) })).status).toBe(200);
  const again = await change(asked, { prefer: 'wait=1' });
  expect(confirmationOf(again).position).toBe(await headPosition());
});
