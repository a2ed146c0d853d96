import { Browser } from '../browser.js';
import { eventually } from '../eventually.js';
import { AdminClient } from '../http-client.js';
import type { TestIssuer } from '../oidc-issuer.js';
import type { ExampleRecorder, Provocation, RecordedAnswer } from './example-recorder.js';

const PASSWORD = 'correct horse battery staple';
const ID = 'id';

/** Where the scenario takes place. */
export interface ExampleWorld {
  readonly recorder: ExampleRecorder;
  readonly adminUrl: string;
  readonly issuer: TestIssuer;
  /** Token of the first administrator. */
  readonly admin: string;
}

/** Who and what the scenario has made, for those that follow. */
export interface Cast {
  readonly userId: string;
  readonly dana: string;
  readonly keyId: string;
  readonly key: string;
  readonly webhookId: string;
}

const text = (answer: RecordedAnswer, member: string): string => String(answer.body[member]);
const tokenOf = async ({ adminUrl }: ExampleWorld, username: string, password: string): Promise<string> =>
  (await new AdminClient(adminUrl).signIn(username, password)).token ?? '';

/** Calls every operation of the admin-service but those that end what the gateway's examples need. */
export async function playAdmin(world: ExampleWorld): Promise<Cast> {
  await settings(world);
  const roleId = await roles(world);
  const userId = await users(world, roleId);
  const dana = await sessions(world, userId);
  const { key, keyId } = await keys(world, { userId, dana });
  await notices(world, dana);
  const webhookId = await webhooks(world);
  await identities(world, userId);
  await log(world, keyId);
  return { dana, key, keyId, userId, webhookId };
}

async function settings({ admin, recorder }: ExampleWorld): Promise<void> {
  const body = { apiKeyAuthenticationEnabled: true, maxApiKeyLifetimeDays: 90 };
  const query = { dryRun: 'true' };
  await recorder.call('changeSecuritySettings', { as: admin, body, query, name: 'dryRun' });
  await recorder.call('changeSecuritySettings', { as: admin, body });
  await recorder.call('readSecuritySettings', { as: admin });
  await recorder.call('readSignInOptions');
  await recorder.call('listPermissions', { as: admin, query: { limit: '2' } });
}

async function roles({ admin, recorder }: ExampleWorld): Promise<string> {
  const body = { name: 'Directory', description: 'Reads who there is.', permissions: ['users.read'] };
  const roleId = text(await recorder.call('createRole', { as: admin, body }), ID);
  await recorder.call('listRoles', { as: admin, query: { limit: '2' } });
  await recorder.call('readRole', { as: admin, path: { roleId } });
  const permissions = ['users.read', 'roles.read'];
  await recorder.call('changeRole', { as: admin, path: { roleId }, body: { permissions } });
  return roleId;
}

async function users({ admin, recorder }: ExampleWorld, roleId: string): Promise<string> {
  const body = { username: 'dana', displayName: 'Dana Reyes', email: 'dana@example.org', password: PASSWORD };
  const userId = text(await recorder.call('createUser', { as: admin, body }), ID);
  const path = { userId };
  for (const granted of ['api-key-generate', 'api-key-sign-in'])
    await recorder.call('grantRole', { as: admin, path: { userId, roleId: granted } });
  await recorder.call('grantRole', { as: admin, path: { userId, roleId }, name: null });
  await recorder.call('readUser', { as: admin, path });
  await recorder.call('listUsers', { as: admin, query: { query: 'dana' } });
  await recorder.call('changeUser', { as: admin, path, body: { displayName: 'Dana M. Reyes' } });
  await recorder.call('listRoleMembers', { as: admin, path: { roleId } });
  const fewer = { permissions: ['roles.read'] };
  await recorder.call('changeRole', {
    as: admin,
    path: { roleId },
    body: fewer,
    query: { dryRun: 'true' },
    name: 'dryRun',
  });
  await recorder.call('withdrawRole', { as: admin, path: { userId, roleId } });
  await recorder.call('deleteRole', { as: admin, path: { roleId } });
  const spare = await recorder.call('createUser', { as: admin, body: { username: 'spare' }, name: null });
  const other = { userId: text(spare, ID) };
  await recorder.call('deactivateUser', { as: admin, path: other });
  await recorder.call('reactivateUser', { as: admin, path: other });
  await recorder.call('deactivateUser', { as: admin, path: other, name: null });
  await recorder.call('eraseUser', { as: admin, path: other });
  return userId;
}

async function sessions(world: ExampleWorld, userId: string): Promise<string> {
  const { admin, recorder } = world;
  const changed = 'four candles and a fork handle';
  const signedIn = await recorder.call('signIn', { body: { username: 'dana', password: PASSWORD } });
  const dana = text(signedIn, 'token');
  await recorder.call('readMe', { as: dana });
  const passwords = { currentPassword: PASSWORD, newPassword: changed };
  await recorder.call('changeOwnPassword', { as: dana, body: passwords });
  await tokenOf(world, 'dana', changed);
  await recorder.call('listOwnSessions', { as: dana });
  await recorder.call('endOwnSession', { as: dana, path: { sessionId: await otherSession(recorder, dana) } });
  await tokenOf(world, 'dana', changed);
  await recorder.call('listUserSessions', { as: admin, path: { userId } });
  await recorder.call('endUserSession', { as: admin, path: { userId, sessionId: await otherSession(recorder, dana) } });
  await recorder.call('signOut', { as: dana });
  await recorder.call('endUserSessions', { as: admin, path: { userId } });
  await recorder.call('setUserPassword', { as: admin, path: { userId }, body: { newPassword: PASSWORD } });
  return tokenOf(world, 'dana', PASSWORD);
}

async function otherSession(recorder: ExampleRecorder, token: string): Promise<string> {
  const { body } = await recorder.call('listOwnSessions', { as: token, name: null });
  const other = (body['items'] as { id: string; current: boolean }[]).find(({ current }) => !current);
  if (other === undefined) throw new Error('there is no other session');
  return other.id;
}

async function keys(
  { admin, recorder }: ExampleWorld,
  { dana, userId }: { readonly userId: string; readonly dana: string },
): Promise<{ keyId: string; key: string }> {
  await recorder.call('readKeyPolicy', { as: dana });
  const body = {
    name: 'Zapier',
    expiresInDays: 30,
    scopes: ['invoices:read'],
    rateLimit: { requests: 100, seconds: 60 },
  };
  const issued = await recorder.call('issueOwnApiKey', { as: dana, body });
  const keyId = text(issued, ID);
  await recorder.call('listOwnApiKeys', { as: dana });
  await recorder.call('readApiKey', { as: dana, path: { keyId } });
  const promise = { as: admin, path: { userId }, body: { name: 'Reports', expiresInDays: 7, readOnly: true } };
  const promised = text(await recorder.call('promiseApiKey', promise), ID);
  await recorder.call('claimApiKey', { as: dana, path: { keyId: promised } });
  await recorder.call('listUserApiKeys', { as: admin, path: { userId } });
  const listed = { as: admin, query: { query: 'zap', sort: '-createdAt' } };
  await recorder.call('listApiKeys', listed);
  await recorder.call('listApiKeys', { ...listed, headers: { accept: 'text/csv' }, name: 'csv' });
  await recorder.call('summariseApiKeys', { as: admin });
  const rotated = await recorder.call('rotateApiKey', { as: dana, path: { keyId }, body: { graceSeconds: 3_600 } });
  const revocation = { reason: 'AFFILIATION_CHANGED', note: 'The report has moved.' };
  await recorder.call('revokeApiKey', { as: dana, path: { keyId: promised }, body: revocation });
  const bulk = { as: admin, body: { filter: { keyIds: [keyId] }, reason: 'SUPERSEDED' } };
  await recorder.call('revokeApiKeys', { ...bulk, query: { dryRun: 'true' }, name: 'dryRun' });
  await recorder.call('revokeApiKeys', bulk);
  await recorder.call('reportLeak', { body: { key: text(issued, 'key') } });
  return { keyId: text(rotated, ID), key: text(rotated, 'key') };
}

async function notices({ admin, recorder }: ExampleWorld, dana: string): Promise<void> {
  let newest = '';
  await eventually(async () => {
    const { body } = await recorder.call('listOwnNotices', { as: dana, query: { limit: '1' }, name: null });
    const [last] = body['items'] as { id: string; data: { reason?: string } }[];
    newest = last?.id ?? '';
    // That of the last revocation: notices follow the log a little later.
    return last?.data.reason === 'SUPERSEDED';
  });
  await recorder.call('listOwnNotices', { as: dana, query: { limit: '1' } });
  await recorder.call('readNotices', { as: dana, body: { upTo: newest } });
  await recorder.call('listNotices', { as: admin, query: { limit: '1' } });
}

async function webhooks({ admin, recorder }: ExampleWorld): Promise<string> {
  const url = 'https://hooks.example.org/keyfold';
  const created = await recorder.call('createWebhook', { as: admin, body: { url, types: ['ApiKeyExpiring'] } });
  const path = { id: text(created, ID) };
  await recorder.call('listWebhooks', { as: admin });
  await recorder.call('readWebhook', { as: admin, path });
  await recorder.call('changeWebhook', { as: admin, path, body: { types: null } });
  const deliveryId = text(await recorder.call('testWebhook', { as: admin, path }), ID);
  await recorder.call('listWebhookDeliveries', { as: admin, path });
  await recorder.call('replayWebhookDelivery', { as: admin, path: { ...path, deliveryId } });
  await recorder.call('rotateWebhookSecret', { as: admin, path });
  const spare = await recorder.call('createWebhook', { as: admin, body: { url }, name: null });
  await recorder.call('deleteWebhook', { as: admin, path: { id: text(spare, ID) } });
  return path.id;
}

async function identities({ admin, adminUrl, issuer, recorder }: ExampleWorld, userId: string): Promise<void> {
  await recorder.call('linkOidcIdentity', { as: admin, path: { userId }, body: { subject: 'dana-at-the-issuer' } });
  await recorder.call('startOidcSignIn');
  await recorder.call('listUserOidcIdentities', { as: admin, path: { userId } });
  for (const [name, query] of [
    ['example', ''],
    ['page', '?returnTo=/docs'],
  ] as const) {
    const browser = new Browser();
    issuer.setNext('dana-at-the-issuer', {});
    const callback = `${adminUrl}/v1/sessions/oidc/callback`;
    const back = await browser.followUntil(`${adminUrl}/v1/sessions/oidc/start${query}`, callback);
    const headers = { cookie: browser.cookieHeader(back) };
    await recorder.call('finishOidcSignIn', { query: Object.fromEntries(back.searchParams), headers, name });
  }
  const spare = { as: admin, path: { userId }, body: { subject: 'an-old-subject' }, name: null };
  await recorder.call('linkOidcIdentity', spare);
  const { body } = await recorder.call('listUserOidcIdentities', { as: admin, path: { userId }, name: null });
  const old = (body['items'] as { id: string; subject: string }[]).find(({ subject }) => subject === 'an-old-subject');
  await recorder.call('unlinkOidcIdentity', { as: admin, path: { userId, identityId: old?.id ?? '' } });
}

async function log({ admin, recorder }: ExampleWorld, keyId: string): Promise<void> {
  const path = { position: '6' };
  await recorder.call('listEvents', { as: admin, query: { limit: '1', order: 'desc', type: 'ApiKeyRotated' } });
  await recorder.call('readEvent', { as: admin, path });
  await recorder.call('proveEvent', { as: admin, path, query: { treeSize: '8' } });
  await recorder.call('downloadEventProof', { as: admin, path, query: { treeSize: '8' } });
  await recorder.call('exportLog', { as: admin, query: { to: '1' } });
  await recorder.call('readCheckpoint');
  await recorder.call('readLogPublicKey');
  await recorder.call('readLogCosigner');
  await recorder.call('listCosignedCheckpoints', { query: { limit: '1' } });
  await recorder.call('proveConsistency', { as: admin, query: { from: '3', to: '8' } });
  await recorder.call('readPastState', { as: admin, query: { position: '2' } });
  await recorder.call('explainDecision', { as: admin, body: { keyId, method: 'GET', ip: '192.0.2.7' } });
  await recorder.call('reportKeys', { as: admin });
  await recorder.call('readEntryTile', { as: admin, path: { path: '000.p/3' } });
  await recorder.call('readHashTile', { path: { path: '0/000.p/3' } });
}

/** What concerns the gateway; afterwards it is retired. `stopGateway` ends it for good. */
export async function playGatewayLife(
  { admin, recorder }: ExampleWorld,
  { dana, keyId }: Cast,
  by: { readonly provoke: (provocation: Provocation) => Promise<void>; readonly stopGateway: () => Promise<void> },
): Promise<void> {
  const revocation = { as: dana, path: { keyId }, body: { reason: 'UNSPECIFIED' } };
  const revoked = await recorder.call('revokeApiKey', {
    ...revocation,
    headers: { prefer: 'wait=60' },
    name: 'waited',
  });
  const path = { position: String((revoked.body['confirmation'] as { position: number }).position) };
  await recorder.call('readConfirmation', { as: dana, path });
  await recorder.call('downloadReceipt', { as: dana, path });
  const { body } = await recorder.call('listGateways', { as: admin });
  const [gateway] = body['items'] as { gatewayId: string; processes: { verifierKey: string }[] }[];
  const gatewayId = gateway?.gatewayId ?? '';
  const verifierKeys = gateway?.processes.map(({ verifierKey }) => verifierKey) ?? [];
  const approval = { as: admin, path: { gatewayId }, body: { verifierKeys } };
  await recorder.call('approveGateway', approval);
  await by.provoke(['retireGateway', 'LEASE_RUNNING', { as: admin, path: { gatewayId } }]);
  await by.stopGateway();
  await recorder.call('retireGateway', { as: admin, path: { gatewayId } });
  await by.provoke(['approveGateway', 'KEY_RETIRED', approval]);
}
