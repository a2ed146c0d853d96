import { type ApiKeyState, initialApiKeyState, initialUserState, type UserState } from '@keyfold/domain';
import type { Fact } from './fact.js';
import { plainKey } from './packed-key.js';
import { plainUser } from './packed-user.js';
import { CacheEntry } from './second-chance-cache.js';

/**
 * A key as the recorder sees it: one object for as long as the key is in memory, so that what it was used for is found
 * without a look-up.
 */
export interface UsedKey {
  readonly key: string;
  /** Where its use waits, if it does; the recorder's alone. */
  useMark: number;
}

/** For a key that has not been used yet. */
export const NO_USE = -1;

/**
 * A key in memory, always as of the position that memory stands at as long as it is held there. The proof says nothing
 * by itself: it is bound to the commitment of the hash that it was made against.
 */
export class HeldKey extends CacheEntry implements UsedKey {
  useMark = NO_USE;
  state: ApiKeyState;
  version: number;
  /** A Buffer of 32 bytes costs three times as much, and keeps alive the 8 KiB that it was cut from. */
  private _proof: string | null;

  constructor(keyId: string, { state, version }: Fact<ApiKeyState>, proof: Buffer | null) {
    super(keyId);
    this.state = state;
    this.version = version;
    this._proof = packed(proof);
  }

  get proof(): Buffer | null {
    return this._proof === null ? null : Buffer.from(this._proof, 'latin1');
  }

  set proof(proof: Buffer | null) {
    this._proof = packed(proof);
  }

  /** To go on folding from. */
  get fact(): Fact<ApiKeyState> {
    return { version: this.version, state: plainKey(this.state) };
  }

  /** The key has changed, or was read again. */
  become({ state, version }: Fact<ApiKeyState>): void {
    this.state = state;
    this.version = version;
  }

  protected override left(): void {
    this.become({ version: 0, state: initialApiKeyState });
    this._proof = null;
  }
}

/** A user in memory, alike. */
export class HeldUser extends CacheEntry {
  state: UserState;
  version: number;

  constructor(userId: string, { state, version }: Fact<UserState>) {
    super(userId);
    this.state = state;
    this.version = version;
  }

  /** To go on folding from. */
  get fact(): Fact<UserState> {
    return { version: this.version, state: plainUser(this.state) };
  }

  /** The user has changed, or was read again. */
  become({ state, version }: Fact<UserState>): void {
    this.state = state;
    this.version = version;
  }

  protected override left(): void {
    this.become({ version: 0, state: initialUserState });
  }
}

function packed(proof: Buffer | null): string | null {
  return proof === null ? null : proof.toString('latin1');
}
