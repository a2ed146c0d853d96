import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { IssuedApiKey, LivingUser } from '@keyfold/domain';
import { AdminSession } from '../stack/admin-session.js';
import { type Services, waitFor } from '../stack/services.js';
import type { Asker } from './key-lists.js';

const KEYS_PER_USER = 10;
const SUPERVISORS = 100;
const SWEEP_TIMEOUT_MS = 900_000;

/** An admin-service with many keys in its read models that no event has put there. */
export interface SeededLists {
  /** One of the supervised users, who has a few keys as everybody has. */
  readonly userId: string;
  readonly askers: Readonly<Record<Asker, AdminSession>>;
}

export async function seedLists(services: Services, keys: number): Promise<SeededLists> {
  const admin = await AdminSession.signIn(services.adminUrl, services.adminPassword);
  const supervisor = await createSupervisor(services, admin, 'supervisor');
  const client = new pg.Client({ connectionString: services.databaseUrl });
  await client.connect();
  try {
    await client.query('set synchronous_commit = off');
    await client.query({ text: insertUsers, values: [keys / KEYS_PER_USER, supervisor.userId, JSON.stringify(USER)] });
    await client.query({ text: insertKeys, values: [keys, keys / KEYS_PER_USER, JSON.stringify(KEY)] });
    await client.query({ text: useKeys, values: [keys] });
    // The sweep finds everything as it would have left it, but lists do not know that before it has been through.
    await client.query('update keyfold.key_list_sweeps set is_due = true, generation = generation + 1');
    await client.query('vacuum analyze');
    await waitFor('the sweep of the keys', SWEEP_TIMEOUT_MS, async () => {
      const { rows } = await client.query<{ is_due: boolean }>('select is_due from keyfold.key_list_sweeps');
      return rows[0]?.is_due === false;
    });
  } finally {
    await client.end();
  }
  const ofNobody = await createSupervisor(services, admin, 'nobodys');
  return {
    userId: `user-${SUPERVISORS}`,
    askers: { manager: admin, supervisor, 'supervisor of nobody': ofNobody },
  };
}

async function createSupervisor({ adminUrl }: Services, admin: AdminSession, username: string): Promise<AdminSession> {
  const password = randomBytes(12).toString('base64url');
  const { id } = await admin.call<{ id: string }>('POST', '/v1/users', { username, password });
  await admin.call('PUT', `/v1/users/${id}/roles/supervisor`);
  return AdminSession.signIn(adminUrl, password, username);
}

const USER: LivingUser = {
  status: 'active',
  username: null,
  displayName: null,
  email: null,
  passwordHash: null,
  supervisorId: null,
  roleIds: [],
  oidcIdentities: [],
  createdAtMs: 0,
  erasedAtMs: null,
  erasedAtPosition: null,
};

// Of its length, since what a page reads are rows of a real size.
const SECRET_HASH = `$argon2id$v=19$m=19456,t=2,p=1$${'s'.repeat(22)}$${'h'.repeat(43)}`;

const KEY: IssuedApiKey = {
  status: 'issued',
  keyId: '',
  userId: '',
  name: 'nightly report',
  allowedIpRanges: null,
  ipRangesUsable: true,
  expiry: { days: 90 },
  readOnly: false,
  scopes: [],
  rateLimit: null,
  issuedAtMs: 0,
  issuedPosition: 0,
  createdBy: 'system',
  revokedAtMs: null,
  revocationReason: null,
  secretHash: SECRET_HASH,
  secretCommitment: 'c'.repeat(43),
  hint: 'aB3x',
  expiresAtMs: 0,
  claimedAtMs: null,
  predecessorId: null,
  successorId: null,
  supersededAtMs: null,
  supersededUntilMs: null,
};

// Each supervises as many; the first is one who can sign in.
const insertUsers = `
  insert into keyfold.users (
    user_id, stream_version, created_position, created_at, username, display_name, email, status, supervisor_id, state
  )
  select 'user-' || n, 1, 1000000000 + n, now(), 'user' || n, null, null, 'active', s.id,
    $3::jsonb || jsonb_build_object('username', 'user' || n, 'supervisorId', s.id)
  from generate_series(1, $1::int) as n
  cross join lateral (
    select case n % ${SUPERVISORS} when 0 then $2::text else 'supervisor-' || n % ${SUPERVISORS} end as id
  ) as s`;

// Issued evenly over the last 400 days, for 7 to 180 days each, in the order of their positions; of a hundred 5 are
// revoked, 5 superseded, 2 never claimed, and six of ten have been used. By hashes, so that no two of these go
// together.
const insertKeys = `
  insert into keyfold.api_keys (
    key_id, stream_version, created_position, user_id, created_at_ms, issued_at_ms, own_expires_at_ms, is_pending, is_revoked,
    superseded_until_ms, state, ends_at_ms, list_class, supervisor_id
  )
  select k.key_id, 1, 1000 + k.n, u.user_id, k.issued_ms, case when k.class = 'pending' then null else k.issued_ms end, k.end_ms,
    k.class = 'pending', k.class = 'revoked', k.superseded_until_ms,
    $3::jsonb || jsonb_build_object(
      'status', case when k.class = 'pending' then 'pending' else 'issued' end, 'keyId', k.key_id, 'userId', u.user_id,
      'issuedAtMs', k.issued_ms, 'issuedPosition', 1000 + k.n, 'expiresAtMs', k.end_ms,
      'revokedAtMs', case when k.class = 'revoked' then k.issued_ms + 60000 end,
      'revocationReason', case when k.class = 'revoked' then 'UNSPECIFIED' end,
      'supersededAtMs', case when k.class = 'superseded' then k.issued_ms + 60000 end, 'supersededUntilMs', k.superseded_until_ms
    ),
    k.end_ms, case when k.class in ('live', 'pending') and k.end_ms <= k.now_ms then 'over' else k.class end, u.supervisor_id
  from (
    select drawn.*, case when drawn.class = 'superseded' then drawn.issued_ms + 60000 end as superseded_until_ms,
      case when drawn.class = 'pending' and drawn.n % 2 = 0 then null else drawn.issued_ms + drawn.lifetime_ms end as end_ms
    from (
      select n, lpad(n::text, 22, '0') as key_id, 1 + n * 7919 % $2::int as user_number, clock.now_ms,
        clock.now_ms - 34560000000 * ($1::int - n) / $1::int as issued_ms,
        (array[7, 30, 90, 180])[1 + mod(hashint8(n + 1000000000) & 1023, 4)]::bigint * 86400000 as lifetime_ms,
        case when drawn_class < 5 then 'revoked' when drawn_class < 10 then 'superseded' when drawn_class < 12 then 'pending'
          else 'live' end as class
      from generate_series(1::bigint, $1::int) as n
      cross join lateral (select mod(hashint8(n) & 1048575, 100) as drawn_class) as hashed
      cross join (select floor(extract(epoch from now()) * 1000)::bigint as now_ms) as clock
    ) as drawn
  ) as k
  join keyfold.users u on u.user_id = 'user-' || k.user_number`;

// At any moment between the issue and the end, but not after now.
const useKeys = `
  update keyfold.key_uses u
  set last_use = to_timestamp(least(
    k.created_at_ms + (n * 37 % 1000) * (coalesce(k.own_expires_at_ms, k.created_at_ms) - k.created_at_ms) / 1000,
    floor(extract(epoch from now()) * 1000)
  ) / 1000.0)
  from keyfold.api_keys k
  cross join lateral (select k.created_position - 1000) as numbered (n)
  where u.created_position = k.created_position
    and k.created_position between 1001 and 1000 + $1::int
    and not k.is_pending
    and mod(hashint8(n + 2000000000) & 1048575, 10) < 6`;
