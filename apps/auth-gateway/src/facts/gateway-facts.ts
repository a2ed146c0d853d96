import {
  type ApiKeyState,
  type Category,
  initialSettingsState,
  isExistingKey,
  type RoleState,
  type SettingsState,
  type UserState,
} from '@keyfold/domain';
import type { ChangeOf, Fact, FactChange } from './fact.js';
import { HeldKey, HeldUser } from './held-facts.js';
import { packKey } from './packed-key.js';
import { packUser } from './packed-user.js';
import { PositionWaiters } from './position-waiters.js';
import { SecondChanceCache } from './second-chance-cache.js';
import { TouchedStreams } from './touched-streams.js';

/** A row read from the projection together with the position that was applied when it was read. */
export interface ReadRows {
  readonly appliedSize: number;
  readonly keyId: string;
  readonly key: { readonly fact: Fact<ApiKeyState>; readonly proof: Buffer | null } | undefined;
  readonly user: { readonly userId: string; readonly fact: Fact<UserState> } | undefined;
}

export type { HeldKey, HeldUser };

export type FoundRows = 'held' | 'absent' | 'stale' | 'distrusted';

/** What the log says of an entity, as of a position. */
export interface LogsWord {
  readonly category: FactChange['category'];
  readonly id: string;
  readonly stream: string;
  /** Null if the log has no such stream. */
  readonly fact: FactChange['fact'] | null;
  readonly asOf: number;
}

/** A record applied to a stream that memory does not hold. */
export interface Unheld {
  readonly stream: string;
  readonly position: number;
  /** The person, if it erases one. */
  readonly erasedUserId: string | null;
}

type Entity = { readonly [C in Category]: Pick<ChangeOf<C>, 'category' | 'id' | 'fact'> }[Category];

/** Larger batches are a gateway catching up; keeping what they touch would only push out what requests use. */
const MAX_LIVE_CHANGES = 256;

/**
 * What decisions are made on: settings and roles whole, users and keys in bounded caches, all as of one and the same
 * position, since a batch changes them in one synchronous step. Whatever is put in from the tables is refused if a
 * record applied since has touched it.
 */
export class GatewayFacts {
  private readonly keys: SecondChanceCache<HeldKey>;
  private readonly users: SecondChanceCache<HeldUser>;
  private readonly roles = new Map<string, Fact<RoleState>>();
  private readonly touched = new TouchedStreams();
  private readonly waiters = new PositionWaiters();
  private readonly distrusted = new Set<string>();
  private _settings: Fact<SettingsState> = { version: 0, state: initialSettingsState };
  private _appliedSize = 0;
  private _rolesGeneration = 0;
  private _trustGeneration = 0;

  constructor(options: { maxEntries: number }) {
    this.keys = new SecondChanceCache({ max: options.maxEntries });
    this.users = new SecondChanceCache({ max: options.maxEntries });
  }

  /** Records 1 to this one are applied, here and in the tables. */
  get appliedSize(): number {
    return this._appliedSize;
  }

  get settings(): SettingsState {
    return this._settings.state;
  }

  /** Another number whenever any role has changed. */
  get rolesGeneration(): number {
    return this._rolesGeneration;
  }

  /** Streams whose rows differ from the log: they are not read into memory. */
  get distrustedStreams(): readonly string[] {
    return [...this.distrusted];
  }

  /** Another number whenever rows that were not trusted are again: what was read before may be what they were. */
  get trustGeneration(): number {
    return this._trustGeneration;
  }

  /** The ids of the keys in memory, in no order; they may change meanwhile. */
  *heldKeyIds(): Generator<string> {
    for (const { key: keyId } of this.keys.entries()) yield keyId;
  }

  get sizes(): { keys: number; users: number; roles: number } {
    return { keys: this.keys.size, users: this.users.size, roles: this.roles.size };
  }

  key(keyId: string): HeldKey | undefined {
    return this.keys.get(keyId);
  }

  user(userId: string): HeldUser | undefined {
    return this.users.get(userId);
  }

  role(roleId: string): RoleState | undefined {
    return this.roles.get(roleId)?.state;
  }

  /** The fact to go on folding from, if it is in memory. */
  held(category: FactChange['category'], id: string): FactChange['fact'] | undefined {
    switch (category) {
      case 'settings':
        return this._settings;
      case 'role':
        return this.roles.get(id);
      case 'user':
        return this.users.peek(id)?.fact;
      case 'api-key':
        return this.keys.peek(id)?.fact;
    }
  }

  /** Takes over a state of the tables at start, read in one snapshot. */
  restore(stored: {
    appliedSize: number;
    settings: Fact<SettingsState> | undefined;
    roles: readonly (readonly [string, Fact<RoleState>])[];
  }): void {
    this.keys.clear();
    this.users.clear();
    this.roles.clear();
    this._rolesGeneration++;
    for (const [id, fact] of stored.roles) this.roles.set(id, fact);
    this._settings = stored.settings ?? { version: 0, state: initialSettingsState };
    this._appliedSize = stored.appliedSize;
    this.touched.touchAllUpTo(stored.appliedSize);
    this.waiters.reached(stored.appliedSize);
  }

  /**
   * A batch takes effect: in one step, so that no decision can see half of it. From the next line on nothing read
   * earlier gets in.
   *
   * @param size the position of the batch's last record
   * @param unheld its records of which there are no changes, since memory does not hold what they concern
   */
  apply(changes: readonly FactChange[], size: number, unheld: readonly Unheld[] = []): void {
    const isLive = changes.length + unheld.length <= MAX_LIVE_CHANGES;
    if (!isLive) this.touched.touchAllUpTo(size);
    for (const { erasedUserId, position, stream } of unheld) {
      if (isLive) this.touched.touch(stream, position);
      if (erasedUserId !== null) this.forgetKeysOf(erasedUserId);
    }
    for (const change of changes) {
      if (isLive) this.touched.touch(change.stream, change.position);
      this.applyChange(change, isLive);
    }
    this._appliedSize = size;
    this.waiters.reached(size);
  }

  /**
   * Offers rows that were read from the tables. They get in only if memory has reached their position and nothing
   * applied since has touched them; otherwise they must be read again.
   */
  admit(rows: ReadRows): FoundRows {
    if (this.isDistrusted(rows)) return 'distrusted';
    if (rows.appliedSize > this._appliedSize) return 'stale';
    if (this.touched.isStale(`api-key/${rows.keyId}`, rows.appliedSize)) return 'stale';
    const { key, user } = rows;
    if (user !== undefined && this.touched.isStale(`user/${user.userId}`, rows.appliedSize)) return 'stale';
    if (key === undefined) return 'absent';
    this.takeKey(rows.keyId, key.fact, key.proof);
    if (user !== undefined) this.takeUser(user.userId, user.fact);
    return 'held';
  }

  /** Resolves to whether memory reached the position within that time. */
  whenApplied(size: number, withinMs: number): Promise<boolean> {
    return size <= this._appliedSize ? Promise.resolve(true) : this.waiters.wait(size, withinMs);
  }

  /** From now on the row of this stream gets into memory no more: it differs from the log. */
  distrust(stream: string): void {
    this.distrusted.add(stream);
  }

  /** The row is the log's again. */
  trust(stream: string): void {
    if (this.distrusted.delete(stream)) this._trustGeneration++;
  }

  /**
   * Corrects memory where it differs from the log. Memory must have applied the position of the log's state, or more.
   *
   * @param differs whether a fact in memory is another one than the log's
   * @returns `touched` if records applied since make the word an old one; what might be wrong has left memory then
   */
  correct(
    { asOf, category, fact, id, stream }: LogsWord,
    differs: (held: FactChange['fact'] | null, right: FactChange['fact'] | null) => boolean,
  ): 'same' | 'corrected' | 'touched' {
    const held = this.held(category, id);
    if (held === undefined && category !== 'role') return 'same';
    if (this.touched.isStale(stream, asOf)) {
      if (this.distrusted.has(stream)) this.forget(category, id);
      return 'touched';
    }
    const right = fact ?? (category === 'settings' ? { version: 0, state: initialSettingsState } : null);
    if (!differs(held ?? null, right)) return 'same';
    if (right === null) this.forget(category, id);
    // The fact is of the category that the stream is of.
    else this.applyChange({ category, id, fact: right } as Entity, false);
    return 'corrected';
  }

  private isDistrusted({ key, keyId, user }: ReadRows): boolean {
    if (this.distrusted.size === 0) return false;
    const owner = key !== undefined && isExistingKey(key.fact.state) ? key.fact.state.userId : user?.userId;
    return this.distrusted.has(`api-key/${keyId}`) || this.distrusted.has(`user/${owner ?? ''}`);
  }

  private forget(category: FactChange['category'], id: string): void {
    if (category === 'api-key') this.keys.delete(id);
    if (category === 'user') this.users.delete(id);
    if (category === 'role' && this.roles.delete(id)) this._rolesGeneration++;
  }

  private applyChange(change: Entity, isLive: boolean): void {
    switch (change.category) {
      case 'settings':
        this._settings = change.fact;
        break;
      case 'role':
        this.roles.set(change.id, change.fact);
        this._rolesGeneration++;
        break;
      case 'user':
        if (change.fact.state.status === 'erased') this.forgetKeysOf(change.id);
        if (isLive || this.users.has(change.id)) this.takeUser(change.id, change.fact);
        break;
      case 'api-key':
        if (isLive || this.keys.has(change.id)) this.takeKey(change.id, change.fact, null);
        break;
    }
  }

  /**
   * Who has the entry sees the key as it is now. What is remembered of its proof stays, unless another one is known.
   */
  private takeKey(keyId: string, { state, version }: Fact<ApiKeyState>, proof: Buffer | null): void {
    const fact = { version, state: packKey(state) };
    const held = this.keys.peek(keyId);
    if (held === undefined) this.keys.set(new HeldKey(ownCopy(keyId, state), fact, proof));
    else {
      held.become(fact);
      if (proof !== null) held.proof = proof;
    }
  }

  private takeUser(userId: string, { state, version }: Fact<UserState>): void {
    const fact = { version, state: packUser(state) };
    const held = this.users.peek(userId);
    if (held === undefined) this.users.set(new HeldUser(userId, fact));
    else held.become(fact);
  }

  /** The erased keys come in the same batch, or, if another process of this gateway wrote them, from the tables. */
  private forgetKeysOf(userId: string): void {
    for (const { key: keyId, state } of this.keys.entries())
      if (isExistingKey(state) && state.userId === userId) this.keys.delete(keyId);
  }
}

/** What the caller asked by may be a part of what a client sent, secret and all, and would keep that in memory. */
function ownCopy(keyId: string, state: ApiKeyState): string {
  return isExistingKey(state) ? state.keyId : keyId;
}
