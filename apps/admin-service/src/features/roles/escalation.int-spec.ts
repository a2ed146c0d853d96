import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { type Permission, PERMISSIONS } from '@keyfold/domain';
import { startTestAdminService, type TestAdminService } from '@keyfold/testing/admin-service';
import { AdminClient, type Answer } from '@keyfold/testing/http-client';
import { startTestPostgres, type TestPostgres } from '@keyfold/testing/postgres';
import { createRole, PASSWORD, signInAdmin } from '@keyfold/testing/signed-in';

/*
 * No escalation by any route. Somebody with a random set of permissions sends whatever could change rights, as
 * themselves and as every account that has come under their control on the way. What everybody may do is read from the
 * database after each request, not from the answers.
 */

const TIME_LIMIT_MS = 20_000;
const SEED = 20_261_122;
/** Never asked: identities are linked without it. */
const ISSUER = { KEYFOLD_OIDC_ISSUER: 'https://issuer.example', KEYFOLD_OIDC_CLIENT_ID: 'keyfold' };

let postgres: TestPostgres;
let service: TestAdminService;
let admin: AdminClient;
let sql: pg.Pool;

beforeAll(async () => {
  postgres = await startTestPostgres();
  const database = await postgres.createDatabase();
  service = await startTestAdminService({ database, env: ISSUER });
  admin = await signInAdmin(service);
  sql = new pg.Pool({ connectionString: database.ownerUrl, max: 1 });
});
afterAll(async () => {
  await sql.end();
  await service.close();
  await postgres.stop();
});

interface World {
  /** What the actor may do at the start: the bound for whoever they control, and for what anybody gains. */
  readonly bound: readonly string[];
  readonly roles: string[];
  readonly users: string[];
  readonly keys: string[];
  readonly webhooks: string[];
  /** Whose each key is that was issued for somebody and not claimed yet. */
  readonly promised: Map<string, string>;
  /** The accounts whose password the actor knows. */
  readonly controlled: Map<string, { readonly username: string; client: AdminClient | null }>;
}

interface Rights {
  readonly status: string;
  readonly username: string;
  readonly permissions: readonly string[];
}

interface State {
  readonly users: ReadonlyMap<string, Rights>;
  readonly roles: ReadonlyMap<string, readonly string[]>;
}

/** One request, with numbers for whom and what it is about, taken modulo what there is at the time. */
interface Step {
  readonly kind: Kind;
  readonly as: number;
  readonly user: number;
  readonly role: number;
  readonly key: number;
  readonly permissions: readonly Permission[];
}

interface Situation {
  readonly world: World;
  readonly state: State;
  readonly step: Step;
  readonly caller: string;
  readonly user: string;
  readonly role: string;
  readonly key: string;
  readonly webhook: string;
}

interface Route {
  readonly send: (client: AdminClient, situation: Situation) => Promise<Answer>;
  /** One of these is needed. */
  readonly needs: readonly Permission[];
  /** What the caller must hold besides: it would be handed out or taken over. */
  readonly exceeds?: (situation: Situation) => readonly string[];
}

const ofRole = ({ state, role }: Situation): readonly string[] => state.roles.get(role) ?? [];
const ofUser = ({ state, user, caller }: Situation): readonly string[] =>
  user === caller ? [] : (state.users.get(user)?.permissions ?? []);
const supervisor = ({ caller, step }: Situation): { supervisorId: string | null } => ({
  supervisorId: step.key % 2 === 0 ? caller : null,
});
const newName = (): string => `x${randomBytes(6).toString('hex')}`;
const ownPassword = { currentPassword: PASSWORD, newPassword: PASSWORD };

const USERS: Route['needs'] = ['users.manage'];
const WEBHOOKS: Route['needs'] = ['settings.manage'];
const ROUTES = {
  createRole: {
    send: (client, { step }) => client.post('/v1/roles', { name: newName(), permissions: step.permissions }),
    needs: ['roles.manage'],
    exceeds: ({ step }) => step.permissions,
  },
  changeRole: {
    send: (client, { role, step }) => client.patch(`/v1/roles/${role}`, { permissions: step.permissions }),
    needs: ['roles.manage'],
    exceeds: (situation) => situation.step.permissions.filter((one) => !ofRole(situation).includes(one)),
  },
  renameRole: {
    send: (client, { role }) => client.patch(`/v1/roles/${role}`, { name: newName() }),
    needs: ['roles.manage'],
  },
  deleteRole: { send: (client, { role }) => client.delete(`/v1/roles/${role}`), needs: ['roles.manage'] },
  grant: {
    send: (client, { user, role }) => client.put(`/v1/users/${user}/roles/${role}`),
    needs: ['roles.grant'],
    exceeds: ofRole,
  },
  withdraw: {
    send: (client, { user, role }) => client.delete(`/v1/users/${user}/roles/${role}`),
    needs: ['roles.grant'],
  },
  createUser: {
    send: (client, situation) =>
      client.post('/v1/users', { username: newName(), password: PASSWORD, ...supervisor(situation) }),
    needs: USERS,
  },
  changeUser: {
    send: (client, situation) =>
      client.patch(`/v1/users/${situation.user}`, {
        displayName: newName(),
        ...(situation.user === situation.caller ? {} : supervisor(situation)),
      }),
    needs: USERS,
  },
  setPassword: {
    send: (client, { user }) => client.put(`/v1/users/${user}/password`, { newPassword: PASSWORD }),
    needs: USERS,
    exceeds: ofUser,
  },
  ownPassword: { send: (client) => client.put('/v1/me/password', ownPassword), needs: [] },
  deactivate: {
    send: (client, { user }) => client.post(`/v1/users/${user}/deactivate`),
    needs: USERS,
    exceeds: ofUser,
  },
  reactivate: {
    send: (client, { user }) => client.post(`/v1/users/${user}/reactivate`),
    needs: USERS,
    exceeds: ofUser,
  },
  erase: { send: (client, { user }) => client.post(`/v1/users/${user}/erase`), needs: USERS, exceeds: ofUser },
  // Whoever has the identity at the issuer signs in as the user.
  linkIdentity: {
    send: (client, { user }) => client.post(`/v1/users/${user}/oidc-identities`, { subject: newName() }),
    needs: USERS,
    exceeds: ofUser,
  },
  endSessions: { send: (client, { user }) => client.delete(`/v1/users/${user}/sessions`), needs: USERS },
  issueKey: { send: (client) => client.post('/v1/me/api-keys', {}), needs: ['api-key.generate'] },
  promiseKey: {
    send: (client, { user }) => client.post(`/v1/users/${user}/api-keys`, {}),
    needs: ['api-keys.manage', 'api-keys.supervise'],
  },
  claimKey: { send: (client, { key }) => client.post(`/v1/me/api-keys/${key}/claim`), needs: [] },
  rotateKey: {
    send: (client, { key }) => client.post(`/v1/api-keys/${key}/rotate`, {}),
    needs: ['api-key.generate'],
  },
  revokeKey: {
    send: (client, { key }) => client.post(`/v1/api-keys/${key}/revoke`, { reason: 'UNSPECIFIED' }),
    needs: [],
  },
  revokeKeys: {
    send: (client, { user }) => client.post('/v1/api-keys/revoke', { filter: { userId: user }, reason: 'UNSPECIFIED' }),
    needs: ['api-keys.manage'],
  },
  settings: {
    send: (client, { key }) => client.patch('/v1/settings/security', { maxApiKeyLifetimeDays: 90 + (key.length % 9) }),
    needs: ['settings.manage'],
  },
  createWebhook: {
    send: (client) => client.post('/v1/webhooks', { url: 'https://hooks.example/keyfold', types: ['ApiKeyRevoked'] }),
    needs: WEBHOOKS,
  },
  changeWebhook: {
    send: (client, { webhook }) => client.patch(`/v1/webhooks/${webhook}`, { enabled: false }),
    needs: WEBHOOKS,
  },
  deleteWebhook: { send: (client, { webhook }) => client.delete(`/v1/webhooks/${webhook}`), needs: WEBHOOKS },
  replayDelivery: {
    send: (client, { webhook, key }) => client.post(`/v1/webhooks/${webhook}/deliveries/${key}/replay`),
    needs: WEBHOOKS,
  },
  readWebhook: { send: (client, { webhook }) => client.get(`/v1/webhooks/${webhook}`), needs: ['settings.read'] },
} satisfies Record<string, Route>;
type Kind = keyof typeof ROUTES;

const subset = fc.subarray([...PERMISSIONS]);
// Mostly with the rights that open the dangerous routes; with none of them nearly every request would end at the first
// check.
const likely = fc.subarray<Permission>(['roles.manage', 'roles.grant', 'users.manage', 'api-keys.supervise'], {
  minLength: 1,
});
const actorRights = fc.tuple(subset, likely).map((sets) => [...new Set(sets.flat())]);
const nth = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...(Object.keys(ROUTES) as Kind[])),
  as: nth,
  user: nth,
  role: nth,
  key: nth,
  permissions: fc.subarray([...PERMISSIONS], { maxLength: 3 }),
});

test('nobody gains by any sequence of requests what its sender did not hold before, and whatever goes beyond is a 403', async () => {
  const end = performance.now() + TIME_LIMIT_MS;
  const accepted = new Set<Kind>();
  const refused = new Set<Kind>();
  const isOver = (): boolean => performance.now() > end && provesMuch(accepted, refused);
  const property = fc.asyncProperty(
    actorRights,
    fc.tuple(subset, subset),
    fc.array(step, { minLength: 10, maxLength: 25 }),
    async (rights, others, steps) => {
      if (isOver()) return;
      const world = await createWorld(rights, others);
      for (const one of steps) {
        if (isOver()) return;
        const outcome = await take(world, one);
        if (outcome === 'accepted') accepted.add(one.kind);
        if (outcome === 'refused') refused.add(one.kind);
      }
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 200, endOnFailure: true });
  expect(provesMuch(accepted, refused)).toBe(true);
});

/** A property over requests that never get through, or that are never refused, would prove little. */
function provesMuch(accepted: ReadonlySet<Kind>, refused: ReadonlySet<Kind>): boolean {
  const mustBeRefused = ['changeRole', 'grant', 'linkIdentity', 'setPassword'] as const;
  return accepted.size >= 18 && mustBeRefused.every((kind) => refused.has(kind));
}

/** Sends the request and checks what came of it. */
async function take(world: World, step: Step): Promise<'accepted' | 'refused' | 'other'> {
  const situation = situationOf(world, await readState(world), step);
  const { state, caller } = situation;
  const client = await clientOf(world, state, caller);
  if (!client) return 'other';
  const route: Route = ROUTES[step.kind];
  const held = state.users.get(caller)?.permissions ?? [];
  const answer = await route.send(client, situation);
  const isBeyond = !mayUse(route, held) || !isWithin(exceeding(route, situation), held);
  const about = JSON.stringify({ ...situation, world: undefined, state: undefined, held, answer: answer.body });
  expect([answer.status === 403, about]).toEqual([isBeyond, about]);
  expect([answer.status < 500 && answer.status !== 401, about]).toEqual([true, about]);
  if (answer.status < 300) remember(situation, answer);
  await expectNoGain(world, state, about);
  if (isBeyond) return 'refused';
  return answer.status < 300 ? 'accepted' : 'other';
}

function situationOf(world: World, state: State, step: Step): Situation {
  const controlled = [...world.controlled.keys()];
  const roles = [...world.roles, 'administrator', 'auditor'];
  // Only a role that nobody holds can go: the last one created, if any.
  const role = step.kind === 'deleteRole' ? (world.roles.at(-1) ?? '') : pick(roles, step.role);
  const user = pick(step.kind === 'promiseKey' ? controlled : world.users, step.user);
  // A key that was promised to an account in hand is the one that can be claimed.
  const promised = step.kind === 'claimKey' && [...world.promised].find(([, owner]) => controlled.includes(owner));
  const [key, caller] = promised || [pick([...world.keys, 'no-key'], step.key), pick(controlled, step.as)];
  const webhook = pick([...world.webhooks, 'no-webhook'], step.key);
  return { world, state, step, caller, user, role, key, webhook };
}

const mayUse = ({ needs }: Route, held: readonly string[]): boolean =>
  needs.length === 0 || needs.some((one) => held.includes(one));
const exceeding = (route: Route, situation: Situation): readonly string[] => route.exceeds?.(situation) ?? [];
const isWithin = (wanted: readonly string[], held: readonly string[]): boolean =>
  wanted.every((one) => held.includes(one));
const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

/** What the sender now has in hand, or may use in further requests. */
function remember({ world, state, step, user, caller }: Situation, { body }: Answer): void {
  const id = typeof body['id'] === 'string' ? body['id'] : '';
  const lists: Partial<Record<Kind, string[]>> = { createRole: world.roles, createWebhook: world.webhooks };
  lists[step.kind]?.push(id);
  if (step.kind === 'createUser') {
    world.users.push(id);
    world.controlled.set(id, { username: String(body['username']), client: null });
  }
  if (step.kind === 'setPassword')
    world.controlled.set(user, { username: state.users.get(user)?.username ?? '', client: null });
  if (step.kind === 'promiseKey') world.promised.set(id, user);
  if (step.kind === 'claimKey') world.promised.delete(id);
  if (typeof body['key'] !== 'string') return;
  world.keys.push(id);
  // A key works as its owner: it is seen by nobody else.
  expect(body['userId']).toBe(caller);
}

async function expectNoGain(world: World, before: State, about: string): Promise<void> {
  const after = await readState(world);
  for (const [userId, { permissions }] of after.users) {
    const own = world.controlled.has(userId) ? [] : (before.users.get(userId)?.permissions ?? []);
    const gained = permissions.filter((one) => !own.includes(one) && !world.bound.includes(one));
    expect([gained, about]).toEqual([[], about]);
  }
}

/** Signed in as the account; null where it cannot sign in. A session that has ended is replaced. */
async function clientOf(world: World, state: State, userId: string): Promise<AdminClient | null> {
  const account = world.controlled.get(userId);
  // Attempts of deactivated users are failures, and those are counted.
  if (!account || state.users.get(userId)?.status !== 'active') return null;
  const me = account.client ? await account.client.get('/v1/me') : null;
  if (me?.status !== 200) account.client = await new AdminClient(service.url).signIn(account.username, PASSWORD);
  else expect(me.body['permissions']).toEqual(state.users.get(userId)?.permissions);
  return account.client;
}

/** The actor, two others of whom one may be more, a real administrator, and a role for each. */
async function createWorld(bound: readonly Permission[], others: readonly Permission[][]): Promise<World> {
  const settings = await admin.patch('/v1/settings/security', { apiKeyAuthenticationEnabled: true });
  if (settings.status !== 200) throw new Error(JSON.stringify(settings.body));
  const roles: string[] = [];
  for (const permissions of [bound, ...others]) roles.push(await createRole(admin, permissions));
  const username = newName();
  const actor = await createUser({ username, password: PASSWORD }, roles[0]);
  const users = [actor];
  // A subordinate of the actor's is among them.
  for (const [index, role] of [roles[1], roles[2], 'administrator'].entries())
    users.push(await createUser({ username: newName(), ...(index === 0 ? { supervisorId: actor } : {}) }, role));
  return {
    bound,
    roles,
    users,
    keys: [],
    webhooks: [],
    promised: new Map(),
    controlled: new Map([[actor, { username, client: null }]]),
  };
}

async function createUser(body: object, role: string | undefined): Promise<string> {
  const { status, body: user } = await admin.post('/v1/users', body);
  expect(status).toBe(201);
  expect((await admin.put(`/v1/users/${String(user['id'])}/roles/${role ?? ''}`)).status).toBe(200);
  return String(user['id']);
}

async function readState({ users, roles }: World): Promise<State> {
  const rows = await sql.query<Rights & { id: string }>(selectRights, [users, PERMISSIONS]);
  const roleRows = await sql.query<{ id: string; permissions: string[] }>(selectRoles, [roles]);
  return {
    users: new Map(rows.rows.map(({ id, ...rights }) => [id, rights])),
    roles: new Map(roleRows.rows.map(({ id, permissions }) => [id, permissions])),
  };
}

const selectRights = `
  select u.user_id as id, u.status, coalesce(u.username, '') as username, array(
    select p.name
    from unnest($2::text[]) with ordinality as p (name, place)
    where exists (
      select 1
      from keyfold.role_grants g
      join keyfold.roles r on r.role_id = g.role_id and not r.is_deleted
      where g.user_id = u.user_id
        and p.name = any (r.permissions)
    )
    order by p.place
  ) as permissions
  from keyfold.users u
  where u.user_id = any ($1::text[])`;

const selectRoles = `
  select role_id as id, permissions
  from keyfold.roles
  where not is_deleted
    and (is_system or role_id = any ($1::text[]))`;
