import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Browser } from '@keyfold/testing/browser';
import type { AdminClient } from '@keyfold/testing/http-client';
import { type OidcSetup, startOidcSetup } from '@keyfold/testing/oidc-setup';
import { createPerson, createRole, signInAdmin } from '@keyfold/testing/signed-in';

let setup: OidcSetup;
let admin: AdminClient;

beforeAll(async () => {
  setup = await startOidcSetup();
  admin = await signInAdmin(setup.service);
});
afterAll(() => setup.close());

interface Identity {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly linkedAt: string;
}

async function signIn(subject: string, username = subject): Promise<string> {
  const { issuer, service } = setup;
  const browser = new Browser();
  issuer.setNext(subject, { preferred_username: username });
  const callback = `${service.url}/v1/sessions/oidc/callback`;
  const back = await browser.followUntil(`${service.url}/v1/sessions/oidc/start`, callback);
  const body = (await (await browser.get(back)).json()) as { user: { id: string } };
  return body.user.id;
}

const identitiesOf = async (userId: string): Promise<Identity[]> =>
  (await admin.get(`/v1/users/${userId}/oidc-identities`)).body['items'] as Identity[];

test('an identity that was unlinked is no longer that user: its next sign-in makes another', async () => {
  const userId = await signIn('s-unlinked');
  const [identity] = await identitiesOf(userId);
  expect(identity).toMatchObject({ issuer: setup.issuer.url, subject: 's-unlinked' });
  const path = `/v1/users/${userId}/oidc-identities/${identity?.id ?? ''}`;
  const unlinked = await admin.delete(path);
  expect([unlinked.status, unlinked.headers.get('keyfold-position')]).toEqual([204, expect.stringMatching(/^\d+$/)]);
  expect(await identitiesOf(userId)).toEqual([]);
  expect((await admin.delete(path)).status).toBe(404);
  expect((await admin.get(`/v1/users/${userId}`)).body['status']).toBe('active');
  // The name is still that of the user before.
  expect(await signIn('s-unlinked', 'another-name')).not.toBe(userId);
});

test('one identity goes, the others stay in their order, and it can be linked again', async () => {
  const { id } = await createPerson(setup.service, admin);
  const path = `/v1/users/${id}/oidc-identities`;
  for (const subject of ['a', 'b', 'c']) await admin.post(path, { subject });
  const [, second] = await identitiesOf(id);
  await admin.delete(`${path}/${second?.id ?? ''}`);
  expect((await identitiesOf(id)).map(({ subject }) => subject)).toEqual(['a', 'c']);
  const page = await admin.get(`${path}?limit=1`);
  const rest = await admin.get(`${path}?limit=1&cursor=${String(page.body['nextCursor'])}`);
  expect((rest.body['items'] as Identity[]).map(({ subject }) => subject)).toEqual(['c']);
  const [first] = await identitiesOf(id);
  await admin.post(path, { subject: 'b' });
  expect((await identitiesOf(id)).map(({ subject }) => subject)).toEqual(['a', 'c', 'b']);
  expect((await identitiesOf(id))[0]).toEqual(first);
});

test('an identity has the time of the record that linked it, the last time where it was linked again', async () => {
  const { id } = await createPerson(setup.service, admin);
  const path = `/v1/users/${id}/oidc-identities`;
  await admin.post(path, { subject: 'again' });
  await admin.post(path, { subject: 'once' });
  const [again] = await identitiesOf(id);
  await admin.delete(`${path}/${again?.id ?? ''}`);
  await admin.post(path, { subject: 'again' });
  await admin.patch(`/v1/users/${id}`, { displayName: 'Renamed later' });
  const events = await admin.get(`/v1/events?stream=user/${id}&type=OidcIdentityLinked`);
  const times = (events.body['items'] as { recordedAt: string }[]).map(({ recordedAt }) => recordedAt);
  expect((await identitiesOf(id)).map(({ subject, linkedAt }) => [subject, linkedAt])).toEqual([
    ['once', times[1]],
    ['again', times[2]],
  ]);
});

test('of a user who is not there no identities are listed', async () => {
  expect((await admin.get('/v1/users/nobody-of-this-id/oidc-identities')).status).toBe(404);
});

test('who may read users lists identities; only who manages users unlinks one, and of nobody who may more', async () => {
  const reader = await createPerson(setup.service, admin, { roles: [await createRole(admin, ['users.read'])] });
  const helpdesk = await createPerson(setup.service, admin, {
    roles: [await createRole(admin, ['users.read', 'users.manage'])],
  });
  const nobody = await createPerson(setup.service, admin);
  const strong = await createPerson(setup.service, admin, { roles: ['administrator'] });
  const path = `/v1/users/${strong.id}/oidc-identities`;
  await admin.post(path, { subject: 's-strong' });
  const [identity] = await identitiesOf(strong.id);
  expect((await reader.client.get(path)).status).toBe(200);
  expect((await nobody.client.get(path)).status).toBe(403);
  for (const { client } of [reader, helpdesk])
    expect((await client.delete(`${path}/${identity?.id ?? ''}`)).status).toBe(403);
  expect(await identitiesOf(strong.id)).toHaveLength(1);
});
