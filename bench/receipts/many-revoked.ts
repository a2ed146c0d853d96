import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { BenchOptions, DurationFigure, Figure } from '../harness/figure.js';
import { percentile } from '../harness/spread.js';
import { seedKeys } from '../stack/seeded-keys.js';
import { type Gateway, type Services, waitUntilReady, withServices } from '../stack/services.js';
import { numbered, type RevocableKey, Revocations, startFleet, statusAt, useAt } from './revocations.js';
import { compareWithout, SWITCHED } from './taken-out.js';

const GATEWAYS = 3;
const COMMANDS_A_ROUND = 20;
const GIVEN_UP = 5;
const AIM_P99_MS = 100;
/** The keys are in no record: the gateway would put that right. */
const ENV = { KEYFOLD_GATEWAY_AUDIT_INTERVAL_SECONDS: '0' };
const SETTINGS = '/v1/settings/security';

/**
 * One command over all keys there are: switching keys off, and revoking them in bulk. Both are one record, whatever the
 * number of keys.
 */
export function measureManyRevoked(options: BenchOptions): Promise<Figure[]> {
  return withServices(async (services) => {
    const { keys, progress } = options;
    const revocations = await Revocations.start(services);
    progress(`receipts: making ${keys} keys in the read models and at ${GATEWAYS} gateways takes minutes`);
    await seedReadModels(services, keys);
    const seeded = await seedGateways(services, keys);
    const gateways = await startFleet(services, numbered('gw', GATEWAYS), { ...SWITCHED, env: ENV });
    const measured = { gateways, keys, revocations, count: options.rounds * COMMANDS_A_ROUND };
    return [
      await measureSwitch(measured, seeded, options),
      await measureBulk(measured, seeded, options),
      await measureDecision(services, measured, options),
    ];
  });
}

interface Measured {
  readonly gateways: readonly Gateway[];
  readonly keys: number;
  readonly revocations: Revocations;
  /** Of the commands that are timed. */
  readonly count: number;
}

type Progress = Pick<BenchOptions, 'progress'>;

async function measureSwitch(
  { count, gateways, keys, revocations }: Measured,
  seeded: RevocableKey,
  { progress }: Progress,
): Promise<Figure> {
  const milliseconds: number[] = [];
  for (let nth = -GIVEN_UP; nth < count; nth += 1) {
    await atRandomMoment();
    const off = await revocations.timed('PATCH', SETTINGS, { apiKeyAuthenticationEnabled: false });
    if (nth >= 0) milliseconds.push(off.milliseconds);
    else await demandRefused(gateways, seeded);
    await revocations.timed('PATCH', SETTINGS, { apiKeyAuthenticationEnabled: true });
    if (nth < 0) await useAt(gateways, seeded);
  }
  return durationOf(`key authentication switched off to confirmed, ${keys} keys`, milliseconds, { progress });
}

async function measureBulk(
  { count, gateways, keys, revocations }: Measured,
  seeded: RevocableKey,
  { progress }: Progress,
): Promise<Figure> {
  const milliseconds: number[] = [];
  await useAt(gateways, seeded);
  for (let nth = -GIVEN_UP; nth < count; nth += 1) {
    await atRandomMoment();
    const body = { filter: { issuedBefore: new Date().toISOString() }, reason: 'KEY_COMPROMISE' };
    const took = await revocations.timed('POST', '/v1/api-keys/revoke', body);
    await demandRefused(gateways, seeded);
    if (nth >= 0) milliseconds.push(took.milliseconds);
  }
  return durationOf(`bulk revocation of ${keys} keys to confirmed`, milliseconds, { progress });
}

/** Of a key that was issued after the revocations: all of it is the same but for what they left behind. */
async function measureDecision(
  services: Services,
  { gateways, keys, revocations }: Measured,
  options: BenchOptions,
): Promise<Figure> {
  const [gateway, ...others] = gateways;
  const [key] = await revocations.issue(1);
  if (gateway === undefined || key === undefined) throw new Error('there is one of each');
  for (const { child } of others) await child.stop();
  await useAt([gateway], key);
  const name = `forward-auth after a bulk revocation of ${keys} keys, against before`;
  const note = 'the other side is without what the revocation left in memory';
  return compareWithout({ name, services, gateway, key, without: 'revocations', note }, options);
}

async function demandRefused(gateways: readonly Gateway[], key: RevocableKey): Promise<void> {
  const statuses = await Promise.all(gateways.map((gateway) => statusAt(gateway, key)));
  if (statuses.some((status) => status === 200)) throw new Error('a key was accepted after the confirmation');
}

function durationOf(name: string, all: readonly number[], { progress }: Progress): DurationFigure {
  const milliseconds = { p50: percentile(all, 50), p99: percentile(all, 99), max: percentile(all, 100) };
  progress(`receipts: ${name}: ${JSON.stringify(milliseconds)}`);
  const note = `${all.length} commands, ${GATEWAYS} gateways, by the caller's clock`;
  return { kind: 'duration', name, aim: { p99: AIM_P99_MS }, milliseconds, note };
}

/** So that no timer of the system happens to be in step with us. */
function atRandomMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 100));
}

/** @returns a key that all gateways have and that passes */
async function seedGateways(services: Services, count: number): Promise<RevocableKey> {
  const secretBytes = randomBytes(32);
  const seeded: RevocableKey[] = [];
  for (const gatewayId of numbered('gw', GATEWAYS)) {
    // Makes the tables.
    const first = await services.startGateway(gatewayId);
    await waitUntilReady(first.opsUrl, first.child);
    await first.child.stop();
    const keys = await seedKeys(services, gatewayId, count, secretBytes);
    await keys.prove([1]);
    seeded.push({ id: keys.keyId(1), authorization: keys.authorization(1) });
  }
  const [key] = seeded;
  if (key === undefined) throw new Error('there is a gateway');
  return key;
}

async function seedReadModels({ databaseUrl }: Services, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('set synchronous_commit = off');
    await client.query(insertUser);
    await client.query(insertKeys, [count]);
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}

const insertUser = `
  insert into keyfold.users (
    user_id, stream_version, created_position, created_at, username, display_name, email, status, supervisor_id, state
  )
  values ('many', 1, 1000000000, now(), 'many', null, null, 'active', null, '{}')`;

// Behind any position that the log reaches here, so that each revocation finds and counts all of them anew.
const insertKeys = `
  insert into keyfold.api_keys (
    key_id, stream_version, created_position, user_id, created_at_ms, issued_at_ms, own_expires_at_ms, is_pending, is_revoked,
    superseded_until_ms, state, ends_at_ms, list_class, supervisor_id
  )
  select lpad(n::text, 22, '0'), 1, 1000000000 + n, 'many', clock.issued_ms, clock.issued_ms, clock.end_ms, false, false, null, '{}',
    clock.end_ms, 'live', null
  from generate_series(1, $1::int) as n
  cross join (
    select floor(extract(epoch from now()) * 1000)::bigint - 86400000 as issued_ms,
      floor(extract(epoch from now()) * 1000)::bigint + 7776000000 as end_ms
  ) as clock`;
