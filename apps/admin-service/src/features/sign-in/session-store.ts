import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { cleanText, type Permission } from '@keyfold/domain';
import { prepared, SharedReads } from '@keyfold/event-store';
import { Caller } from '../../http/caller.js';
import type { PageRequest } from '../../http/cursor.js';
import { AdminConfig } from '../../platform/admin-config.js';
import { Database } from '../../platform/database.js';

export interface NewSession {
  readonly token: string;
  readonly expiresAt: Date;
}

export interface SessionRow {
  readonly session_id: string;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly expires_at: Date;
  readonly address: string;
  readonly user_agent: string | null;
}

const TOKEN = /^kfs_[A-Za-z0-9_-]{43}$/;
/**
 * A session's last use is written at most this often, so that reading does not become writing, and at least ten times
 * within the time that it may be idle, so that one in use never counts as idle.
 */
const MAX_TOUCH_SECONDS = 30;
const TOUCHES_IN_IDLE_TIME = 10;
const MAX_USER_AGENT_CHARACTERS = 200;

/**
 * Sessions in Postgres, so that every replica knows them and an end is felt everywhere at once. All times are the
 * log's: a clock that is wrong for a while then neither ends every session nor lets one live for a year. A token is 256
 * random bits and kept as its SHA-256: who reads the table cannot sign in.
 */
@Injectable()
export class SessionStore {
  private readonly reads = new SharedReads();
  private next: CallersTogether | null = null;

  constructor(
    private readonly database: Database,
    private readonly config: AdminConfig,
  ) {}

  /**
   * @param provenHash the password hash that the sign-in was proven against; null for a sign-in without a password
   * @returns undefined if the user may not sign in any more by now, or has another password
   */
  async create(
    userId: string,
    from: { address: string; userAgent: string | undefined },
    provenHash: string | null,
  ): Promise<NewSession | undefined> {
    const token = `kfs_${randomBytes(32).toString('base64url')}`;
    const result = await this.database.pool.query<{ expires_at: Date }>(insertSession, [
      uuidv7(),
      hashToken(token),
      userId,
      from.address,
      cleanText(from.userAgent ?? '', MAX_USER_AGENT_CHARACTERS),
      this.config.settings.KEYFOLD_SESSION_MAX_SECONDS,
      provenHash,
      this.now(),
    ]);
    const [row] = result.rows;
    return row && { token, expiresAt: row.expires_at };
  }

  /**
   * The caller behind a token with the permissions of this moment, or undefined if the session or its user may not act
   * any more.
   */
  async resolve(token: string): Promise<Caller | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const row = await this.findCaller(hashToken(token).toString('hex'));
    if (!row) return undefined;
    if (row.seconds_since_seen >= this.touchSeconds)
      await this.database.pool.query(touchSession, [row.session_id, this.now()]);
    return new Caller(row.user_id, row.permissions, row.session_id, row.role_ids);
  }

  /** Newest first. @returns one row more than the page shows, if there is one */
  async listOf(userId: string, page: PageRequest<string>): Promise<SessionRow[]> {
    const parameters = [userId, this.idleSeconds, this.now(), page.after, page.limit + 1];
    const result = await this.database.pool.query<SessionRow>(selectSessions, parameters);
    return result.rows;
  }

  /** @returns whether there was such a session of this user */
  async end(userId: string, sessionId: string): Promise<boolean> {
    const result = await this.database.pool.query(deleteSession, [userId, sessionId]);
    return result.rowCount === 1;
  }

  async endAll(userId: string): Promise<void> {
    await this.database.pool.query(deleteSessionsOfUser, [userId]);
  }

  /**
   * Lets one session outlive the password change that is about to be recorded under this correlation id; the projection
   * ends all others in the append's transaction. A crash in between leaves every session as it was.
   */
  async keepThrough(sessionId: string, correlationId: string): Promise<void> {
    await this.database.pool.query(keepSession, [sessionId, correlationId]);
  }

  /** Removes what has run out. */
  async sweep(tx: pg.ClientBase): Promise<void> {
    await tx.query(deleteEndedSessions, [this.idleSeconds, this.now()]);
  }

  private get touchSeconds(): number {
    return Math.min(MAX_TOUCH_SECONDS, this.idleSeconds / TOUCHES_IN_IDLE_TIME);
  }

  /** Requests that come together share a query; it begins after each of them has come. */
  private async findCaller(tokenHash: string): Promise<CallerRow | undefined> {
    this.next ??= this.begin();
    const { hashes, rows } = this.next;
    hashes.add(tokenHash);
    return (await rows).get(tokenHash);
  }

  private begin(): CallersTogether {
    const hashes = new Set<string>();
    const rows = this.reads.take(async () => {
      this.next = null;
      const { rows: found } = await this.database.pool.query<CallerRow>(
        selectCallers([[...hashes].map((hash) => Buffer.from(hash, 'hex')), this.idleSeconds, this.now()]),
      );
      return new Map(found.map((row) => [row.token_hash, row]));
    });
    return { hashes, rows };
  }

  private now(): Date {
    return this.database.logTime.now();
  }

  private get idleSeconds(): number {
    return this.config.settings.KEYFOLD_SESSION_IDLE_SECONDS;
  }
}

interface CallersTogether {
  readonly hashes: Set<string>;
  readonly rows: Promise<ReadonlyMap<string, CallerRow>>;
}

interface CallerRow {
  readonly token_hash: string;
  readonly session_id: string;
  readonly user_id: string;
  readonly permissions: Permission[];
  readonly role_ids: string[];
  readonly seconds_since_seen: number;
}

function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

// The lock keeps a deactivation, an erasure or a new password from committing in between, whose end of all sessions
// would not see this one: it waits for this statement, or this one for it and then finds nobody.
const insertSession = `
  insert into keyfold.sessions (session_id, token_hash, user_id, created_at, last_seen_at, expires_at, address, user_agent)
  select $1::text, $2::bytea, u.user_id, $8::timestamptz, $8::timestamptz, $8::timestamptz + make_interval(secs => $6::int), $4::inet, $5::text
  from keyfold.users u
  where u.user_id = $3::text
    and u.status = 'active'
    and ($7::text is null or u.state ->> 'passwordHash' = $7::text)
  for share of u
  returning expires_at`;

/** With the time that a session may be idle as second parameter, and the log time as third. */
const isAlive = `s.expires_at > $3::timestamptz and s.last_seen_at > $3::timestamptz - make_interval(secs => $2::int)`;

// One statement, so that session, user and permissions are of one moment.
const selectCallers = prepared(
  'keyfold_select_callers',
  `
  select encode(s.token_hash, 'hex') as token_hash, s.session_id, s.user_id,
    extract(epoch from $3::timestamptz - s.last_seen_at)::float8 as seconds_since_seen,
    array(
      select distinct unnest(r.permissions)
      from keyfold.role_grants g
      join keyfold.roles r on r.role_id = g.role_id and not r.is_deleted
      where g.user_id = s.user_id
    ) as permissions,
    array(
      select g.role_id
      from keyfold.role_grants g
      where g.user_id = s.user_id
    ) as role_ids
  from keyfold.sessions s
  join keyfold.users u on u.user_id = s.user_id
  where s.token_hash = any ($1::bytea[])
    and ${isAlive}
    and u.status = 'active'`,
);

const touchSession = `
  update keyfold.sessions
  set last_seen_at = greatest(last_seen_at, $2::timestamptz)
  where session_id = $1::text`;

const selectSessions = `
  select s.session_id, s.created_at, s.last_seen_at, s.expires_at, host(s.address) as address, s.user_agent
  from keyfold.sessions s
  where s.user_id = $1::text
    and ${isAlive}
    and ($4::text is null or s.session_id < $4::text)
  order by s.session_id desc
  limit $5::int`;

const deleteSession = `
  delete from keyfold.sessions
  where user_id = $1::text
    and session_id = $2::text`;

const deleteSessionsOfUser = `
  delete from keyfold.sessions
  where user_id = $1::text`;

const keepSession = `
  update keyfold.sessions
  set kept_by_correlation_id = $2::text
  where session_id = $1::text`;

const deleteEndedSessions = `
  delete from keyfold.sessions
  where expires_at < $2::timestamptz
    or last_seen_at < $2::timestamptz - make_interval(secs => $1::int)`;
