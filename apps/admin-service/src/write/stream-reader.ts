import { Injectable } from '@nestjs/common';
import {
  type ApiKeyState,
  apiKeyStream,
  type Category,
  DEFAULT_GATEWAY_ENROLMENT,
  foldApiKey,
  foldRole,
  foldSettings,
  foldUser,
  type GatewayEnrolment,
  gatewayEnrolmentAfter,
  type GatewayKeys,
  gatewayKeysAfter,
  gatewayStream,
  initialApiKeyState,
  initialRoleState,
  initialSettingsState,
  initialUserState,
  LOG_ORIGIN_STREAM,
  LOG_SETTINGS_STREAM,
  type LogEvent,
  NO_GATEWAY_KEYS,
  type OriginSuccession,
  readEvent,
  readLogEvent,
  type ReadOf,
  type RoleState,
  roleStream,
  SETTINGS_STREAM,
  type SettingsState,
  successionsAfter,
  type UserState,
  userStream,
} from '@keyfold/domain';
import { PostgresEventStore, SharedReads, type StoredRecord, type StreamTail } from '@keyfold/event-store';

/** The fold of one stream, and the version up to which it was read; 0 if the stream does not exist. */
export interface Folded<State> {
  readonly stream: string;
  readonly version: number;
  readonly state: State;
}

/** More than an installation has roles; beyond it folding from the start costs what it costs. */
const MAX_REMEMBERED = 1000;
/** Users whose role ids are remembered. */
const MAX_HOLDERS = 10_000;

/**
 * Reads what decisions rest on from the log itself, not from the read models. Of the settings and the roles, which hold
 * nothing personal and which every decision needs, the last fold is remembered and only what came after it is read.
 */
@Injectable()
export class StreamReader {
  private readonly remembered = new Map<string, Folded<unknown>>();
  private readonly heldRoleIds = new Map<string, readonly string[]>();
  private next: Together | null = null;
  private readonly reads = new SharedReads();

  constructor(private readonly store: PostgresEventStore) {}

  settings(): Promise<Folded<SettingsState>> {
    return this.remember('settings', SETTINGS_STREAM, initialSettingsState, foldSettings);
  }

  gatewayEnrolment(): Promise<Folded<GatewayEnrolment>> {
    return this.foldLogEvents(LOG_SETTINGS_STREAM, DEFAULT_GATEWAY_ENROLMENT, gatewayEnrolmentAfter);
  }

  gatewayKeys(gatewayId: string): Promise<Folded<GatewayKeys>> {
    return this.foldLogEvents(gatewayStream(gatewayId), NO_GATEWAY_KEYS, gatewayKeysAfter);
  }

  /** The forks of the log that were acknowledged. */
  originSuccessions(): Promise<Folded<readonly OriginSuccession[]>> {
    return this.foldLogEvents<readonly OriginSuccession[]>(LOG_ORIGIN_STREAM, [], successionsAfter);
  }

  role(roleId: string): Promise<Folded<RoleState>> {
    return this.remember('role', roleStream(roleId), initialRoleState, foldRole);
  }

  roles(roleIds: readonly string[]): Promise<Folded<RoleState>[]> {
    return Promise.all([...new Set(roleIds)].map((roleId) => this.role(roleId)));
  }

  async user(userId: string): Promise<Folded<UserState>> {
    const stream = userStream(userId);
    const user = await this.fold('user', { stream, version: 0, state: initialUserState }, foldUser);
    if (this.heldRoleIds.size >= MAX_HOLDERS) this.heldRoleIds.clear();
    if ('roleIds' in user.state) this.heldRoleIds.set(userId, user.state.roleIds);
    return user;
  }

  /** Roles that the user held when it was last read: worth reading with the user, and nothing to decide on. */
  likelyRoleIds(userId: string): readonly string[] {
    return this.heldRoleIds.get(userId) ?? [];
  }

  apiKey(keyId: string): Promise<Folded<ApiKeyState>> {
    const stream = apiKeyStream(keyId);
    return this.fold('api-key', { stream, version: 0, state: initialApiKeyState }, foldApiKey);
  }

  /** The log time, from the same query as everything else requested in this event-loop turn. Milliseconds. */
  async nowMs(): Promise<number> {
    return (await this.clocks()).nowMs;
  }

  /**
   * The log time and Postgres's clock, from the same query as everything else requested in this event-loop turn.
   * Milliseconds.
   */
  async clocks(): Promise<{ readonly nowMs: number; readonly postgresMs: number }> {
    this.next ??= this.begin();
    return this.next.read;
  }

  /**
   * Begins from the start again: the log may have lost what a remembered fold contains (a failover that lost its tail).
   */
  forget(): void {
    this.remembered.clear();
  }

  private async remember<C extends Category, State>(
    category: C,
    stream: string,
    initial: State,
    fold: (state: State, read: ReadOf<C>) => State,
  ): Promise<Folded<State>> {
    // one category and so one state for a stream
    const known = this.remembered.get(stream) as Folded<State> | undefined;
    const folded = await this.fold(category, known ?? { stream, version: 0, state: initial }, fold);
    const isNews = folded.version > (this.remembered.get(stream)?.version ?? 0);
    if (isNews && this.remembered.size < MAX_REMEMBERED) this.remembered.set(stream, folded);
    return folded;
  }

  private async fold<C extends Category, State>(
    category: C,
    from: Folded<State>,
    fold: (state: State, read: ReadOf<C>) => State,
  ): Promise<Folded<State>> {
    const { stream, version, state } = from;
    const records = await this.read({ stream, after: version });
    return {
      stream,
      version: version + records.length,
      state: foldRecords({ category, initial: state, fold }, records),
    };
  }

  private async foldLogEvents<State>(
    stream: string,
    initial: State,
    fold: (state: State, event: LogEvent) => State,
  ): Promise<Folded<State>> {
    const records = await this.read({ stream, after: 0 });
    const state = records.reduce((before, { record }) => {
      const read = readLogEvent(record);
      // What this version does not know may be what forbids the decision.
      if (read.kind !== 'event')
        throw new Error(`record ${record.position} of ${stream} cannot be read (${read.kind})`);
      return fold(before, read.event);
    }, initial);
    return { stream, version: records.length, state };
  }

  /**
   * Reads that are requested in the same event-loop turn, or while a query runs, share one query, whichever requests
   * they belong to. It starts after the last of them was requested.
   */
  private async read({ stream, after }: StreamTail): Promise<readonly StoredRecord[]> {
    this.next ??= this.begin();
    const { tails, read } = this.next;
    tails.set(stream, Math.min(after, tails.get(stream) ?? after));
    const { records } = await read;
    const found = records.get(stream) ?? [];
    return found.filter(({ record }) => record.version > after);
  }

  private begin(): Together {
    const tails = new Map<string, number>();
    const read = this.reads.take(async () => {
      this.next = null;
      const asked = [...tails].map(([stream, after]) => ({ stream, after }));
      const { records, ...clocks } = await this.store.readStreams(asked);
      return { records: Map.groupBy(records, ({ record }) => record.stream), ...clocks };
    });
    return { tails, read };
  }
}

interface Together {
  /** Behind which version of each stream. */
  readonly tails: Map<string, number>;
  readonly read: Promise<{
    readonly records: ReadonlyMap<string, readonly StoredRecord[]>;
    readonly nowMs: number;
    readonly postgresMs: number;
  }>;
}

/** Folds further records of a stream, e.g. those that an append has just written. */
export function foldRecords<C extends Category, State>(
  from: { category: C; initial: State; fold: (state: State, read: ReadOf<C>) => State },
  records: readonly StoredRecord[],
): State {
  return records.reduce(
    (state, { record, openings }) => from.fold(state, readAs(from.category, record, openings)),
    from.initial,
  );
}

function readAs<C extends Category>(category: C, ...[record, openings]: Parameters<typeof readEvent>): ReadOf<C> {
  const read = readEvent(record, openings);
  // An event that this version does not know may be the one that forbids what is being decided.
  if ((read.kind !== 'event' && read.kind !== 'invalid') || read.category !== category)
    throw new Error(`record ${record.position} of ${record.stream} cannot be read by this version (${read.kind})`);
  return read as ReadOf<C>;
}
