import { AdminClient } from '../http-client.js';
import type { Cast, ExampleWorld } from './admin-scenario.js';
import type { Provocation } from './example-recorder.js';

/** One request at least for each code of the admin-service, but for those that need a broken world. */
export async function provocations(world: ExampleWorld, cast: Cast): Promise<Provocation[]> {
  const { admin } = world;
  const { dana, keyId, userId, webhookId } = cast;
  const person = await makePeople(world);
  const revoke = { reason: 'UNSPECIFIED' };
  return [
    ['readMe', 'UNAUTHENTICATED', {}],
    ['createUser', 'INVALID_REQUEST', { as: admin, body: { username: 'eve', unknown: 1 } }],
    ['signIn', 'INVALID_CREDENTIALS', { body: { username: 'dana', password: 'wrong' } }],
    ['createUser', 'PERMISSION_DENIED', { as: dana, body: { username: 'eve' } }],
    ['changeOwnPassword', 'WRONG_PASSWORD', { as: dana, body: { currentPassword: 'x', newPassword: person.password } }],
    ['readApiKey', 'NOT_FOUND', { as: admin, path: { keyId: 'none' } }],
    ['readUser', 'NOT_FOUND', { as: admin, path: { userId: 'none' } }],
    ['readRole', 'NOT_FOUND', { as: admin, path: { roleId: 'none' } }],
    ['unlinkOidcIdentity', 'NOT_FOUND', { as: admin, path: { userId, identityId: 'none' } }],
    ['readWebhook', 'NOT_FOUND', { as: admin, path: { id: 'none' } }],
    ['endOwnSession', 'NOT_FOUND', { as: admin, path: { sessionId: 'none' } }],
    ['retireGateway', 'NOT_FOUND', { as: admin, path: { gatewayId: 'none' } }],
    ['replayWebhookDelivery', 'NOT_FOUND', { as: admin, path: { id: webhookId, deliveryId: 'none' } }],
    ['claimApiKey', 'ALREADY_CLAIMED', { as: dana, path: { keyId: person.claimed } }],
    ['rotateApiKey', 'KEY_NOT_ACTIVE', { as: dana, path: { keyId: person.revoked } }],
    ['issueOwnApiKey', 'EXPIRY_OUT_OF_RANGE', { as: dana, body: { expiresInDays: 91 } }],
    ['rotateApiKey', 'GRACE_OUT_OF_RANGE', { as: dana, path: { keyId }, body: { graceSeconds: 604_801 } }],
    ['promiseApiKey', 'USER_DEACTIVATED', { as: admin, path: { userId: person.deactivated } }],
    ['createUser', 'USERNAME_TAKEN', { as: admin, body: { username: 'dana' } }],
    ['changeUser', 'USERNAME_FIXED', { as: admin, path: { userId }, body: { username: 'dana2' } }],
    ['linkOidcIdentity', 'IDENTITY_TAKEN', { as: admin, path: { userId: person.active }, body: person.subject }],
    ['eraseUser', 'USER_ACTIVE', { as: admin, path: { userId } }],
    ['grantRole', 'USER_ERASED', { as: admin, path: { userId: person.erased, roleId: 'auditor' } }],
    ['deactivateUser', 'LAST_ADMINISTRATOR', { as: admin, path: { userId: person.administrator } }],
    ['createRole', 'ROLE_NAME_TAKEN', { as: admin, body: { name: 'Auditor', permissions: [] } }],
    ['deleteRole', 'SYSTEM_ROLE', { as: admin, path: { roleId: 'auditor' } }],
    ['deleteRole', 'ROLE_IN_USE', { as: admin, path: { roleId: person.heldRole } }],
    ['testWebhook', 'WEBHOOK_DISABLED', { as: admin, path: { id: person.disabledWebhook } }],
    ['createWebhook', 'URL_NOT_ALLOWED', { as: admin, body: { url: 'https://127.0.0.1/' } }],
    ['createUser', 'PASSWORD_REFUSED', { as: admin, body: { username: 'eve', password: 'short' } }],
    ['revokeApiKey', 'VERSION_CONFLICT', { as: dana, path: { keyId }, body: revoke, headers: { 'if-match': '"99"' } }],
    ['createRole', 'IDEMPOTENCY_KEY_REUSED', { as: admin, body: { name: 'B', permissions: [] }, headers: person.once }],
  ];
}

interface People {
  readonly password: string;
  readonly active: string;
  readonly deactivated: string;
  readonly erased: string;
  readonly administrator: string;
  readonly claimed: string;
  readonly revoked: string;
  readonly heldRole: string;
  readonly disabledWebhook: string;
  readonly subject: { readonly subject: string };
  readonly once: Readonly<Record<string, string>>;
}

async function makePeople({ admin, adminUrl }: ExampleWorld): Promise<People> {
  const client = new AdminClient(adminUrl, admin);
  const made = async (path: string, body: object, headers = {}): Promise<string> => {
    const answer = await client.post(path, body, headers);
    if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    return String(answer.body['id']);
  };
  const active = await made('/v1/users', { username: 'active' });
  const deactivated = await made('/v1/users', { username: 'deactivated' });
  const erased = await made('/v1/users', { username: 'erased' });
  for (const id of [deactivated, erased]) await client.post(`/v1/users/${id}/deactivate`);
  await client.post(`/v1/users/${erased}/erase`);
  const heldRole = await made('/v1/roles', { name: 'Held', permissions: [] });
  await client.put(`/v1/users/${active}/roles/${heldRole}`);
  const disabledWebhook = await made('/v1/webhooks', { url: 'https://hooks.example.org/' });
  await client.patch(`/v1/webhooks/${disabledWebhook}`, { enabled: false });
  const once = { 'idempotency-key': 'once' };
  await made('/v1/roles', { name: 'A', permissions: [] }, once);
  const keys = (await client.get('/v1/api-keys')).body['items'] as { id: string; status: string }[];
  const keyIn = (wanted: string): string => keys.find(({ status }) => status === wanted)?.id ?? 'none';
  return {
    active,
    deactivated,
    erased,
    administrator: String((await client.get('/v1/me')).body['id']),
    claimed: keyIn('active'),
    revoked: keyIn('revoked'),
    heldRole,
    disabledWebhook,
    password: 'a password that nobody has yet',
    subject: { subject: 'dana-at-the-issuer' },
    once,
  };
}
