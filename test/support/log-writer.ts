import { randomBytes, randomUUID } from 'node:crypto';
import argon2 from 'argon2';
import type pg from 'pg';
import {
  ARGON2_DEFAULTS,
  type IssuedApiKey,
  type JsonValue,
  type LogRecord,
  makeApiKey,
  type NewEvent,
  type Permission,
} from '@keyfold/domain';
import { createPool, eraseStreamOpenings, PostgresEventStore } from '@keyfold/event-store';
import { event } from '../../libs/domain/test/test-log.js';
import { TestAdmin, testKeys } from './feed/feed-harness.js';
import type { TestPostgres } from './postgres.js';

/** The secret that the tests' services share, and what the harness's keys are derived from. */
export const TEST_SHARED_SECRET = 'a shared secret of the tests that is long enough';
export { testKeys };

/** A key as its owner holds it. */
export interface TestApiKey {
  readonly key: string;
  readonly keyId: string;
  readonly secret: string;
  readonly userId: string;
  readonly username: string;
}

/** A user who may sign in, and how to name them. */
export interface TestUser {
  readonly userId: string;
  readonly username: string;
}

type KeyTerms = Partial<
  Pick<IssuedApiKey, 'readOnly' | 'scopes' | 'allowedIpRanges' | 'expiry' | 'name' | 'rateLimit'>
>;

/**
 * The admin side without the admin-service: the log in Postgres, relay, heads and refills, and the events that a test
 * wants, written without anybody's permission.
 */
export class LogWriter {
  private readonly versions = new Map<string, number>();

  private constructor(
    readonly store: PostgresEventStore,
    readonly admin: TestAdmin,
    private readonly pool: pg.Pool,
  ) {}

  static async start(postgres: TestPostgres, natsUrl: string | undefined): Promise<LogWriter> {
    const database = await postgres.createLogDatabase();
    const pool = createPool({ url: database.serviceUrl, max: 4 });
    const store = new PostgresEventStore({ pool });
    const admin = await new TestAdmin(store, { natsUrl }).start();
    return new LogWriter(store, admin, pool);
  }

  async stop(): Promise<void> {
    await this.admin.stop();
    await this.store.close();
    await this.pool.end();
  }

  /** Appends in one transaction; @returns the records */
  async append(...events: NewEvent[]): Promise<LogRecord[]> {
    const streams = [...new Set(events.map(({ stream }) => stream))];
    const expected = streams.map((stream) => ({ stream, version: this.versions.get(stream) ?? 0 }));
    const outcome = await this.store.append({ expected, events, actor: 'system', correlationId: randomUUID() });
    if (outcome.kind !== 'appended') throw new Error(`nothing was appended: ${outcome.kind}`);
    for (const { record } of outcome.records) this.versions.set(record.stream, record.version);
    return outcome.records.map(({ record }) => record);
  }

  async changeSettings(after: Record<string, JsonValue>): Promise<number> {
    // The fold looks at `after` alone.
    const [record] = await this.append(event('settings/security', 'SecuritySettingsChanged', { before: after, after }));
    return record?.position ?? 0;
  }

  /** A role with these permissions; @returns its id */
  async role(name: string, permissions: readonly Permission[]): Promise<string> {
    const roleId = randomUUID();
    await this.append(
      event(`role/${roleId}`, 'RoleCreated', { name, description: null, permissions: [...permissions], system: false }),
    );
    return roleId;
  }

  /** Erases a person as the admin-service does, with the openings of their own stream and of these keys. */
  async erase({ userId }: Pick<TestUser, 'userId'>, keys: readonly { readonly keyId: string }[] = []): Promise<void> {
    const [erasure] = await this.append(event(`user/${userId}`, 'UserErased'));
    const streams = [`user/${userId}`, ...keys.map(({ keyId }) => `api-key/${keyId}`)];
    await eraseStreamOpenings(this.pool, streams, erasure?.position ?? 0);
  }

  async user(username: string, roleIds: readonly string[]): Promise<TestUser> {
    const userId = randomUUID();
    await this.append(...userEvents(userId, username, roleIds));
    return { userId, username };
  }

  async issue(user: TestUser, terms: KeyTerms = {}): Promise<TestApiKey> {
    const { event: issued, ...key } = await newKey(user, terms);
    await this.append(issued);
    return key;
  }

  async revoke({ keyId }: { keyId: string }): Promise<number> {
    const [record] = await this.append(event(`api-key/${keyId}`, 'ApiKeyRevoked', { reason: 'UNSPECIFIED' }));
    return record?.position ?? 0;
  }
}

/** A key and the event that issues it. */
export async function newKey(user: TestUser, terms: KeyTerms = {}): Promise<TestApiKey & { readonly event: NewEvent }> {
  const made = makeApiKey({ keyIdBytes: randomBytes(16), secretBytes: randomBytes(32) }, testKeys.shared);
  const { memoryKib: memoryCost, parallelism, timeCost } = ARGON2_DEFAULTS;
  const secretHash = await argon2.hash(made.secret, { type: argon2.argon2id, memoryCost, timeCost, parallelism });
  return { ...made, ...user, event: issuedEvent(made, user, secretHash, terms) };
}

/** The event that issues a key whose hash somebody has computed. */
export function issuedEvent(
  made: { readonly keyId: string; readonly hint: string },
  { userId }: { readonly userId: string },
  secretHash: string,
  { allowedIpRanges, expiry = { days: 90 }, name, rateLimit = null, readOnly = false, scopes = [] }: KeyTerms = {},
): NewEvent {
  const data = { userId, expiry, readOnly, scopes: [...scopes], rateLimit, hint: made.hint, predecessorId: null };
  return event(`api-key/${made.keyId}`, 'ApiKeyIssued', data, {
    secretHash,
    ...(name ? { name } : {}),
    ...(allowedIpRanges ? { allowedIpRanges: [...allowedIpRanges] } : {}),
  });
}

/** The events of a user with roles. */
export function userEvents(userId: string, username: string, roleIds: readonly string[]): NewEvent[] {
  const stream = `user/${userId}`;
  const granted = roleIds.map((roleId) => event(stream, 'RoleGranted', { roleId }));
  return [event(stream, 'UserCreated', { supervisorId: null }, { username }), ...granted];
}
