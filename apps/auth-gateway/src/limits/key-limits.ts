import type { RateLimit } from '@keyfold/domain';
import type { ReachedLimit } from './reached-limit.js';
import { SlidingWindow } from './sliding-window.js';

interface LimitedKey {
  readonly window: SlidingWindow;
  /** The limit that it was used under last. */
  limit: RateLimit;
}

/** How many of those not used for longest are looked at each time; two for each one that can be added leave none behind. */
const LOOKED_AT = 2;

/**
 * What keys with a limit have used of it. Only requests come here whose secret is proven and that everything else allows, so no stranger can
 * use up a key's limit, nor make this grow. Bounded all the same: beyond the most entries the key that was used longest ago is forgotten.
 */
export class KeyLimits {
  /** Those used last are last. */
  readonly #keys = new Map<string, LimitedKey>();

  /** @param nowMs a clock that never goes back */
  constructor(
    private readonly nowMs: () => number,
    private readonly maxEntries: number,
  ) {}

  get size(): number {
    return this.#keys.size;
  }

  /** Counts a request of this key; null if it may pass, otherwise the limit that it has reached. */
  take(keyId: string, limit: RateLimit): ReachedLimit | null {
    const nowMs = this.nowMs();
    const key = this.#keys.get(keyId) ?? { window: new SlidingWindow(), limit };
    this.#keys.delete(keyId);
    this.makeRoom(nowMs);
    this.#keys.set(keyId, key);
    key.limit = limit;
    const waitMs = key.window.take(limit, nowMs);
    if (waitMs === null) return null;
    return { name: 'key', ...limit, retrySeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
  }

  private makeRoom(nowMs: number): void {
    let looked = 0;
    for (const [keyId, { limit, window }] of this.#keys) {
      if (looked++ >= LOOKED_AT) return;
      if (this.#keys.size >= this.maxEntries || window.isOver(limit, nowMs)) this.#keys.delete(keyId);
    }
  }
}
