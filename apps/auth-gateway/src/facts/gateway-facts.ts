import {
  type ApiKeyState,
  initialSettingsState,
  isExistingKey,
  type RoleState,
  type SettingsState,
  type UserState,
} from '@keyfold/domain';
import type { Fact, FactChange } from './fact.js';
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

export type FoundRows = 'held' | 'absent' | 'stale';

/** A record applied to a stream that memory does not hold. */
export interface Unheld {
  readonly stream: string;
  readonly position: number;
  /** The person, if it erases one. */
  readonly erasedUserId: string | null;
}

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
  private _settings: Fact<SettingsState> = { version: 0, state: initialSettingsState };
  private _appliedSize = 0;
  private _rolesGeneration = 0;

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

  private applyChange(change: FactChange, isLive: boolean): void {
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
