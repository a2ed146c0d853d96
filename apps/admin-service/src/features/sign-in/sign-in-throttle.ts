import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { networkOf, ProblemError, type RateLimitFields, rateLimitFields } from '@keyfold/service-kit';
import { Database } from '../../platform/database.js';
import { withTransaction } from '../../platform/with-transaction.js';

const WINDOW_SECONDS = 900;
const MAX_FAILURES_PER_ACCOUNT_AND_NETWORK = 10;
const MAX_FAILURES_PER_ADDRESS = 100;

export interface SignInAttempt {
  readonly failureId: string;
  readonly accountHash: Buffer;
  readonly address: string;
  /** RateLimit fields of the answer, should the password be wrong, or right. */
  readonly fields: { readonly failed: RateLimitFields; readonly succeeded: RateLimitFields };
}

/**
 * Counts failed sign-ins in Postgres, so for all replicas together. An attempt is entered as a failure before the
 * password is looked at and taken out again if it was right: a thousand attempts sent at once then cannot all pass
 * under the limit. What is refused is not counted, so the rightful user is let in again 15 minutes after the failures,
 * whoever goes on trying.
 */
@Injectable()
export class SignInThrottle {
  constructor(private readonly database: Database) {}

  /** @throws ProblemError 429 with Retry-After */
  begin(username: string, address: string): Promise<SignInAttempt> {
    const accountHash = createHash('sha256').update(username).digest();
    const network = networkOf(address);
    return withTransaction(this.database.pool, async (tx) => {
      await lockCounters(tx, accountHash, network, address);
      const now = this.database.logTime.now();
      const counts = await tx.query<CountsRow>(selectCounts, [accountHash, network, address, WINDOW_SECONDS, now]);
      refuseIfTooMany(counts.rows[0]);
      const inserted = await tx.query<{ failure_id: string }>(insertFailure, [accountHash, address, network, now]);
      const fields = { failed: fieldsAfter(counts.rows[0], 1), succeeded: fieldsAfter(counts.rows[0], 0) };
      return { failureId: inserted.rows[0]?.failure_id ?? '', accountHash, address, fields };
    });
  }

  /** The password was right: this attempt was no failure, and the account is known at this address from now on. */
  async succeed(attempt: SignInAttempt): Promise<void> {
    await this.database.pool.query(insertKnownAddress, [
      attempt.accountHash,
      attempt.address,
      this.database.logTime.now(),
    ]);
    await this.database.pool.query(deleteFailure, [attempt.failureId]);
  }

  /** Removes what no limit looks at any more. */
  async sweep(tx: pg.ClientBase): Promise<void> {
    const now = this.database.logTime.now();
    await tx.query(deleteOldFailures, [WINDOW_SECONDS, now]);
    await tx.query(deleteOldAddresses, [now]);
  }
}

interface CountsRow {
  readonly account_failures: number;
  readonly account_retry_seconds: number | null;
  readonly address_failures: number;
  readonly address_retry_seconds: number | null;
}

function refuseIfTooMany(counts: CountsRow | undefined): void {
  if (!counts) throw new Error('no counts');
  const waits = [
    counts.account_failures >= MAX_FAILURES_PER_ACCOUNT_AND_NETWORK ? counts.account_retry_seconds : null,
    counts.address_failures >= MAX_FAILURES_PER_ADDRESS ? counts.address_retry_seconds : null,
  ].filter((wait) => wait !== null);
  if (waits.length === 0) return;
  const retryAfter = Math.min(WINDOW_SECONDS, Math.max(1, ...waits.map((wait) => Math.ceil(wait))));
  throw new ProblemError(429, 'TOO_MANY_REQUESTS', 'Too many failed sign-ins. Try again later.', {
    headers: { 'retry-after': String(retryAfter), ...fieldsAfter(counts, 0) },
  });
}

/** What the limits leave, counted alike for names that somebody has and that nobody has. */
function fieldsAfter(counts: CountsRow | undefined, failures: number): RateLimitFields {
  return rateLimitFields(WINDOW_SECONDS, [
    {
      name: 'account',
      quota: MAX_FAILURES_PER_ACCOUNT_AND_NETWORK,
      used: (counts?.account_failures ?? 0) + failures,
      resetSeconds: counts?.account_retry_seconds ?? WINDOW_SECONDS,
    },
    {
      name: 'address',
      quota: MAX_FAILURES_PER_ADDRESS,
      used: (counts?.address_failures ?? 0) + failures,
      resetSeconds: counts?.address_retry_seconds ?? WINDOW_SECONDS,
    },
  ]);
}

// Attempts that share a counter go one after the other. The locks are taken in a fixed order (account before address),
// so no two attempts can each hold what the other waits for.
async function lockCounters(tx: pg.PoolClient, accountHash: Buffer, network: string, address: string): Promise<void> {
  await tx.query(lockCounter, [1, `${accountHash.toString('hex')} ${network}`]);
  await tx.query(lockCounter, [2, address]);
}

const lockCounter = `select pg_advisory_xact_lock($1::int, hashtext($2::text))`;

// At an address from which the account has signed in before, only failures from that very address count for the
// account.
const selectCounts = `
  with account as (
    select f.failed_at
    from keyfold.sign_in_failures f
    where f.account_hash = $1::bytea
      and f.network = $2::cidr
      and f.failed_at > $5::timestamptz - make_interval(secs => $4::int)
      and (
        f.address = $3::inet
        or not exists (
          select 1
          from keyfold.sign_in_addresses a
          where a.account_hash = $1::bytea
            and a.address = $3::inet
        )
      )
  ), address as (
    select f.failed_at
    from keyfold.sign_in_failures f
    where f.address = $3::inet
      and f.failed_at > $5::timestamptz - make_interval(secs => $4::int)
  )
  select
    (select count(*)::int from account) as account_failures,
    (select extract(epoch from min(failed_at) - $5::timestamptz)::float8 + $4::int from account) as account_retry_seconds,
    (select count(*)::int from address) as address_failures,
    (select extract(epoch from min(failed_at) - $5::timestamptz)::float8 + $4::int from address) as address_retry_seconds`;

const insertFailure = `
  insert into keyfold.sign_in_failures (account_hash, address, network, failed_at)
  values ($1::bytea, $2::inet, $3::cidr, $4::timestamptz)
  returning failure_id`;

const deleteFailure = `
  delete from keyfold.sign_in_failures
  where failure_id = $1::bigint`;

const insertKnownAddress = `
  insert into keyfold.sign_in_addresses (account_hash, address, last_signed_in_at)
  values ($1::bytea, $2::inet, $3::timestamptz)
  on conflict on constraint sign_in_addresses_pkey do update
  set last_signed_in_at = excluded.last_signed_in_at`;

const deleteOldFailures = `
  delete from keyfold.sign_in_failures
  where failed_at < $2::timestamptz - make_interval(secs => $1::int)`;

const deleteOldAddresses = `
  delete from keyfold.sign_in_addresses
  where last_signed_in_at < $1::timestamptz - interval '180 days'`;
