import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import argon2 from 'argon2';
import pg from 'pg';
import {
  deriveSharedKeys,
  type IssuedApiKey,
  keyIdBytesOf,
  type LivingUser,
  makeApiKey,
  rememberedProof,
} from '@keyfold/domain';
import { projectionSchema } from '../../apps/auth-gateway/src/projection/projection-schema.js';
import { basic } from './proven-key.js';
import type { Services } from './services.js';

const DAY_MS = 86_400_000;
const PROOFS_AT_A_TIME = 20_000;
const KEY_ID_CHARACTERS = 22;
/** Commitments are opaque to the projection: proofs are bound to whatever stands there. */
const COMMITMENT = 'c'.repeat(43);
const ROLE_ID = 'api-key-sign-in';
/** What the database fills in for each row. */
const PLACE = { keyId: '{key}', userId: '{user}', username: '{name}' };

/**
 * Keys in a projection that no event has put there, numbered from 1. All have the same secret, so that one Argon2 hash
 * does for all.
 */
export interface SeededKeys {
  readonly count: number;
  keyId(number: number): string;
  authorization(number: number): string;
  /** Puts the proofs of these keys into the table, as if each had been used. */
  prove(numbers: readonly number[]): Promise<void>;
}

/**
 * Fills the tables of a gateway that has followed the log and does not run: users with a key each, in the states that
 * the gateway's own fold would have left. Position and frontier stay those of the log, so the gateway goes on from
 * them.
 *
 * @param secretBytes the secret of all keys; the same one where several gateways are to have the same keys
 */
export async function seedKeys(
  services: Services,
  gatewayId: string,
  count: number,
  secretBytes: Uint8Array = randomBytes(32),
): Promise<SeededKeys> {
  const client = new pg.Client({
    connectionString: services.gatewayDatabaseUrl,
    options: `-c search_path="${projectionSchema(gatewayId)}" -c synchronous_commit=off`,
  });
  await client.connect();
  const shared = deriveSharedKeys([services.sharedSecret]);
  const gatewayKey = await readFile(join(services.dataDir, `proofs-${gatewayId}.key`));
  const keyOf = (number: number): ReturnType<typeof makeApiKey> =>
    makeApiKey({ keyIdBytes: keyIdBytesOf(keyIdOf(number)), secretBytes }, shared);
  const { secret } = keyOf(1);
  await insertUsers(client, count);
  await insertKeys(client, count, await argon2.hash(secret, { memoryCost: 19_456, timeCost: 2, parallelism: 1 }));
  await client.query('vacuum analyze');
  services.closeAtEnd(() => client.end());
  return {
    count,
    keyId: keyIdOf,
    authorization: (number) => basic(usernameOf(number), keyOf(number).key),
    prove: async (numbers) => {
      for (let from = 0; from < numbers.length; from += PROOFS_AT_A_TIME) {
        const keyIds = numbers.slice(from, from + PROOFS_AT_A_TIME).map(keyIdOf);
        const proofs = keyIds.map((keyId) =>
          rememberedProof({ gatewayKey, keyId, secret, secretCommitment: COMMITMENT }),
        );
        await client.query(
          'insert into remembered_proofs (key_id, proof) select * from unnest($1::text[], $2::bytea[])',
          [keyIds, proofs],
        );
      }
      await client.query('vacuum analyze remembered_proofs');
    },
  };
}

/** Digits are base 62 as well. */
function keyIdOf(number: number): string {
  return String(number).padStart(KEY_ID_CHARACTERS, '0');
}

function usernameOf(number: number): string {
  return `user${number}`;
}

// The same three ids as above, in SQL.
const NUMBERED = `
  select
    number,
    lpad(number::text, ${KEY_ID_CHARACTERS}, '0') as key_id,
    '00000000-0000-4000-8000-' || lpad(to_hex(number), 12, '0') as user_id,
    'user' || number as username
  from generate_series(1, $1::integer) as number`;

async function insertUsers(client: pg.Client, count: number): Promise<void> {
  const user: LivingUser = {
    status: 'active',
    username: PLACE.username,
    displayName: null,
    email: null,
    passwordHash: null,
    supervisorId: null,
    roleIds: [ROLE_ID],
    oidcIdentities: [],
    createdAtMs: Date.now() - DAY_MS,
    erasedAtMs: null,
    erasedAtPosition: null,
  };
  await client.query({
    text: `
      insert into users (user_id, version, state, commitments)
      select user_id, 2, replace($2::text, '${PLACE.username}', username)::json, $3::json
      from (${NUMBERED}) as numbered`,
    values: [count, JSON.stringify(user), JSON.stringify({ username: COMMITMENT })],
  });
}

async function insertKeys(client: pg.Client, count: number, secretHash: string): Promise<void> {
  const issuedAtMs = Date.now() - DAY_MS;
  const key: IssuedApiKey = {
    status: 'issued',
    keyId: PLACE.keyId,
    userId: PLACE.userId,
    name: 'Zapier',
    allowedIpRanges: null,
    ipRangesUsable: true,
    expiry: { days: 90 },
    readOnly: false,
    scopes: [],
    rateLimit: null,
    issuedAtMs,
    issuedPosition: 1,
    createdBy: `user/${PLACE.userId}`,
    revokedAtMs: null,
    revocationReason: null,
    secretHash,
    secretCommitment: COMMITMENT,
    hint: 'aB3x',
    expiresAtMs: issuedAtMs + 90 * DAY_MS,
    claimedAtMs: null,
    predecessorId: null,
    successorId: null,
    supersededAtMs: null,
    supersededUntilMs: null,
  };
  await client.query({
    text: `
      insert into api_keys (key_id, user_id, version, state, commitments)
      select key_id, user_id, 1, replace(replace($2::text, '${PLACE.keyId}', key_id), '${PLACE.userId}', user_id)::json, $3::json
      from (${NUMBERED}) as numbered`,
    values: [count, JSON.stringify(key), JSON.stringify({ secretHash: COMMITMENT, name: COMMITMENT })],
  });
}
