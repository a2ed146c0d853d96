import { LRUCache } from 'lru-cache';
import type { RateLimit } from '@keyfold/domain';
import type { ReachedLimit } from './reached-limit.js';
import { SlidingWindow } from './sliding-window.js';

/** Counts the requests of keys that have a limit. */
export interface RequestCounter {
  /**
   * Counts a request of this key; null if it may pass, the limit if it has reached that, undefined if another process
   * has to be asked.
   */
  take(keyId: string, limit: RateLimit): ReachedLimit | null | undefined;
  /**
   * The same, whoever has to be asked.
   *
   * @throws LimitsUnavailableError if there is no answer
   */
  ask(keyId: string, limit: RateLimit): Promise<ReachedLimit | null>;
}

interface LimitedKey {
  readonly window: SlidingWindow;
  /** The limit that it was used under last. */
  limit: RateLimit;
}

/**
 * New keys between one look for what can be forgotten and the next; each looks at twice as many, so none is left
 * behind.
 */
const NEW_BETWEEN_LOOKS = 100;

/**
 * What keys with a limit have used of it. Only requests come here whose secret is proven and that everything else
 * allows, so no stranger can use up a key's limit, nor make this grow. Bounded all the same: beyond the most entries
 * the key that was used longest ago is forgotten.
 */
export class KeyLimits implements RequestCounter {
  private readonly keys: LRUCache<string, LimitedKey>;
  private newSinceLook = 0;

  /** @param nowMs a clock that never goes back */
  constructor(
    private readonly nowMs: () => number,
    maxEntries: number,
  ) {
    this.keys = new LRUCache({ max: maxEntries });
  }

  get size(): number {
    return this.keys.size;
  }

  take(keyId: string, limit: RateLimit): ReachedLimit | null {
    const waitMs = this.count(keyId, limit);
    return waitMs === null ? null : keyReached(limit, waitMs);
  }

  ask(keyId: string, limit: RateLimit): Promise<ReachedLimit | null> {
    return Promise.resolve(this.take(keyId, limit));
  }

  /** Counts a request of this key; null if it may pass, otherwise the milliseconds until one may. */
  count(keyId: string, limit: RateLimit): number | null {
    const nowMs = this.nowMs();
    const key = this.keys.get(keyId) ?? this.add(keyId, limit, nowMs);
    key.limit = limit;
    return key.window.take(limit, nowMs);
  }

  private add(keyId: string, limit: RateLimit, nowMs: number): LimitedKey {
    if (++this.newSinceLook >= NEW_BETWEEN_LOOKS) {
      this.newSinceLook = 0;
      this.forgetOver(nowMs);
    }
    const key = { window: new SlidingWindow(), limit };
    this.keys.set(keyId, key);
    return key;
  }

  /** Checks the least recently used keys, and removes those whose window is over. */
  private forgetOver(nowMs: number): void {
    let looked = 0;
    for (const keyId of this.keys.rkeys()) {
      if (looked++ >= 2 * NEW_BETWEEN_LOOKS) return;
      const key = this.keys.peek(keyId);
      if (key?.window.isOver(key.limit, nowMs) === true) this.keys.delete(keyId);
    }
  }
}

/** A key has reached its limit, and has to wait so long. */
export function keyReached({ requests, seconds }: RateLimit, waitMs: number): ReachedLimit {
  return { name: 'key', requests, seconds, retrySeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
}
