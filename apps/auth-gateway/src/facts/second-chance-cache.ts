/** How many used entries may be passed over for one that comes in, so that no insertion takes long. */
const MAX_PASSED_OVER = 64;
const NOWHERE = -1;

/** What a {@link SecondChanceCache} holds: the value itself, so that a look-up touches one object and no other. */
export class CacheEntry {
  isUsed = false;
  /** In the ring. */
  place = NOWHERE;

  constructor(readonly key: string) {}

  /** Whether it is in a cache. Whoever has kept the entry must ask: what has left is not kept up to date. */
  get isHeld(): boolean {
    return this.place !== NOWHERE;
  }

  /** Somebody has looked it up, or had it and used it again. */
  use(): void {
    // Mostly it is, and reading costs less than writing.
    if (!this.isUsed) this.isUsed = true;
  }

  /** It has left the cache, and somebody may still have it: what it takes in memory can go. */
  protected left(): void {
    // Most have nothing to let go.
  }

  /** For the cache alone. */
  leave(): void {
    this.place = NOWHERE;
    this.left();
  }
}

/**
 * A bounded map that forgets what has not been used lately: a hand goes round, and takes out what was not used since it
 * came by last (the clock algorithm). A look-up is one into a Map and a flag in the entry; a list by time of use would
 * be relinked each time, at places all over memory, which with 100,000 keys costs more than the decision. What comes in
 * and is never asked for again goes first.
 *
 * Of our own for what lru-cache cannot do: an entry knows whether it is held, is cleared when it is evicted, and can be
 * looked at without counting as used. The look-up itself costs the same (bench part `hand-written`: 1.06 times the
 * look-ups of lru-cache).
 */
export class SecondChanceCache<Entry extends CacheEntry> {
  private readonly _entries = new Map<string, Entry>();
  private readonly ring: Entry[] = [];
  private readonly max: number;
  private hand = 0;

  constructor(options: { readonly max: number }) {
    this.max = options.max;
  }

  get size(): number {
    return this._entries.size;
  }

  get(key: string): Entry | undefined {
    const entry = this._entries.get(key);
    entry?.use();
    return entry;
  }

  /**
   * The same without counting as a use. A new gateway asks for each key there is: it need not even take the hash of the
   * key.
   */
  peek(key: string): Entry | undefined {
    return this.size === 0 ? undefined : this._entries.get(key);
  }

  has(key: string): boolean {
    return this.size !== 0 && this._entries.has(key);
  }

  /** Takes an entry in, in the place of the one with the same key. */
  set(entry: Entry): void {
    const before = this._entries.get(entry.key);
    if (before === entry) return;
    const place = before === undefined ? this.freePlace() : before.place;
    before?.leave();
    entry.place = place;
    this.ring[place] = entry;
    this._entries.set(entry.key, entry);
  }

  delete(key: string): void {
    const entry = this._entries.get(key);
    if (entry === undefined) return;
    this._entries.delete(key);
    const last = this.ring.pop();
    if (last !== undefined && last !== entry) {
      last.place = entry.place;
      this.ring[entry.place] = last;
    }
    entry.leave();
  }

  clear(): void {
    for (const entry of this.ring) entry.leave();
    this._entries.clear();
    this.ring.length = 0;
    this.hand = 0;
  }

  /** Each entry, in no order; the map may be changed meanwhile. */
  entries(): MapIterator<Entry> {
    return this._entries.values();
  }

  private freePlace(): number {
    return this.ring.length < this.max ? this.ring.length : this.makeRoom();
  }

  /** @returns the place that is free now */
  private makeRoom(): number {
    for (let passed = 0; ; passed++) {
      const place = this.hand < this.ring.length ? this.hand : 0;
      this.hand = place + 1;
      const entry = this.ring[place];
      if (entry?.isUsed === true && passed < MAX_PASSED_OVER) {
        entry.isUsed = false;
        continue;
      }
      if (entry !== undefined) {
        this._entries.delete(entry.key);
        entry.leave();
      }
      return place;
    }
  }
}
