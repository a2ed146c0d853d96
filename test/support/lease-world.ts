import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import { type NewEvent, parseSignerKey } from '@keyfold/domain';
import { PostgresEventStore } from '@keyfold/event-store';
import { HostClock } from '@keyfold/service-kit';
import { LeaseEnds } from '../../apps/admin-service/src/features/gateways/lease-ends.js';
import { LeaseGenerations } from '../../apps/admin-service/src/features/gateways/lease-generations.js';
import { Database } from '../../apps/admin-service/src/platform/database.js';
import type { LogKeys } from '../../apps/admin-service/src/platform/log-keys.js';
import { ServiceLogger } from '../../apps/admin-service/src/platform/service-logger.js';
import { startTestAdminService, type TestAdminService } from './admin-service.js';
import { LeaseProcess } from './feed/lease-process.js';
import type { AdminClient } from './http-client.js';
import { startTestPostgres, type TestDatabase, type TestPostgres } from './postgres.js';
import { signInAdmin } from './signed-in.js';

/** A row of keyfold.gateway_leases, as far as tests look at it. */
export interface LeaseRowSeen {
  readonly lease_seconds: number;
  readonly longest_seconds: number;
  readonly applied_position: string;
  readonly cosigned_size: string | null;
  readonly renewal: string;
  readonly ended: string | null;
  readonly enrolled_position: string | null;
  readonly version: string | null;
  readonly verifier_key: string | null;
  readonly logged_at: Date;
}

export interface ReplicaOptions {
  readonly before?: (text: string) => Promise<void>;
  readonly origin?: string;
}

/** An admin-service for the tests of a file, with processes that ask it for leases. */
export class LeaseWorld {
  database!: TestDatabase;
  service!: TestAdminService;
  admin!: AdminClient;
  /** As the owner of the tables. */
  sql!: pg.Pool;
  superuser!: pg.Pool;
  private postgres!: TestPostgres;

  /** Starts and stops it around the tests of the file that calls it. */
  static ofThisFile(): LeaseWorld {
    const world = new LeaseWorld();
    beforeAll(() => world.start());
    afterEach(() => world.changeLease(60));
    afterAll(() => world.stop());
    return world;
  }

  partOf<Part>(part: abstract new (...of: never[]) => Part): Part {
    return this.service.service.app.get(part, { strict: false });
  }

  newProcess(gatewayId = `gw-${randomUUID().slice(0, 8)}`, slot = '0'): LeaseProcess {
    return new LeaseProcess(this.service, gatewayId, slot);
  }

  /** The same process, started anew. */
  restarted({ gatewayId, key, slot }: LeaseProcess): LeaseProcess {
    return Object.assign(new LeaseProcess(this.service, gatewayId, slot), { key });
  }

  createDatabase(): Promise<TestDatabase> {
    return this.postgres.createDatabase();
  }

  async changeLease(gatewayLeaseSeconds: number): Promise<void> {
    expect((await this.admin.patch('/v1/settings/security', { gatewayLeaseSeconds })).status).toBe(200);
  }

  /** @returns the position of a new record */
  async append(): Promise<number> {
    const stream = `audit/${randomUUID()}`;
    const event: NewEvent = { stream, type: 'ExportMade', schemaVersion: 1, data: { size: 1 }, sealed: {} };
    const author = { expected: [], actor: 'system', correlationId: randomUUID() };
    const outcome = await this.partOf(PostgresEventStore).append({ ...author, events: [event] });
    if (outcome.kind !== 'appended') throw new Error(outcome.kind);
    return outcome.lastPosition;
  }

  async rowOf({ gatewayId, incarnation }: LeaseProcess): Promise<LeaseRowSeen | undefined> {
    const { rows } = await this.sql.query<LeaseRowSeen>(
      'select * from keyfold.gateway_leases where gateway_id = $1 and incarnation = $2',
      [gatewayId, incarnation],
    );
    return rows[0];
  }

  /** The types of a gateway's records. */
  async recordsOf(gatewayId: string): Promise<string[]> {
    const records = await this.partOf(PostgresEventStore).readStream(`gateway/${gatewayId}`);
    return records.map(({ record }) => record.type);
  }

  /**
   * What a replica does whose clock the test moves on.
   *
   * @param options.before runs before each of its statements
   * @param options.origin of the log that it signs; the service's without it
   */
  replica({ before = () => Promise.resolve(), origin }: ReplicaOptions = {}): {
    readonly ends: LeaseEnds;
    readonly generations: LeaseGenerations;
    readonly pass: (seconds: number) => void;
  } {
    let passedMs = 0;
    const clock = new HostClock({
      monotonicMs: () => performance.now() + passedMs,
      wallMs: () => Date.now() + passedMs,
      uptimeMs: () => performance.now() + passedMs,
    });
    const { logTime, pool } = this.partOf(Database);
    const database = new Database(withBefore(pool, before), logTime);
    const signer = parseSignerKey(this.service.logSigningKey);
    const generations = new LeaseGenerations(database, clock, {
      signer: { ...signer, name: origin ?? signer.name },
    } as LogKeys); // all that it looks at
    const ends = new LeaseEnds(database, clock, generations, this.partOf(ServiceLogger));
    return { ends, generations, pass: (seconds) => (passedMs += seconds * 1_000) };
  }

  private async start(): Promise<void> {
    this.postgres = await startTestPostgres();
    this.database = await this.postgres.createDatabase();
    this.service = await startTestAdminService({ database: this.database });
    this.sql = new pg.Pool({ connectionString: this.database.ownerUrl, max: 4 });
    this.superuser = new pg.Pool({ connectionString: this.postgres.url(this.database.name), max: 1 });
    this.admin = await signInAdmin(this.service);
  }

  private async stop(): Promise<void> {
    await Promise.all([this.sql.end(), this.superuser.end()]);
    await this.service.close();
    await this.postgres.stop();
  }
}

function withBefore(pool: pg.Pool, before: (text: string) => Promise<void>): pg.Pool {
  const query = async (text: string, values?: unknown[]): Promise<pg.QueryResult> => {
    await before(text);
    return pool.query(text, values);
  };
  return Object.create(pool, { query: { value: query } }) as pg.Pool;
}
