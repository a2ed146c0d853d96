interface Entry<Value> {
  readonly key: string;
  value: Value;
  isUsed: boolean;
  /** Its place in the ring. */
  place: number;
}

/** How many used entries may be passed over for one that comes in, so that no insertion takes long. */
const MAX_PASSED_OVER = 64;

/**
 * A bounded map that forgets what has not been used lately: a hand goes round, and takes out what was not used since it came by last (the
 * clock algorithm). A look-up is one into a Map and a flag beside the value; a list by time of use would be relinked each time, at places
 * all over memory, which with 100,000 keys costs more than the decision. What comes in and is never asked for again goes first.
 */
export class SecondChanceCache<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #ring: Entry<Value>[] = [];
  readonly #max: number;
  #hand = 0;

  constructor(options: { readonly max: number }) {
    this.#max = options.max;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (!entry.isUsed) entry.isUsed = true;
    return entry.value;
  }

  /** The same without counting as a use. */
  peek(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  set(key: string, value: Value): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) this.add(key, value);
    else entry.value = value;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const last = this.#ring.pop();
    if (last === undefined || last === entry) return;
    last.place = entry.place;
    this.#ring[entry.place] = last;
  }

  clear(): void {
    this.#entries.clear();
    this.#ring.length = 0;
    this.#hand = 0;
  }

  /** Each entry, in no order; the map may be changed meanwhile. */
  *entries(): Generator<readonly [string, Value]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }

  private add(key: string, value: Value): void {
    const place = this.#ring.length < this.#max ? this.#ring.length : this.makeRoom();
    const entry = { key, value, isUsed: false, place };
    this.#ring[place] = entry;
    this.#entries.set(key, entry);
  }

  /** @returns the place that is free now */
  private makeRoom(): number {
    for (let passed = 0; ; passed++) {
      const place = this.#hand < this.#ring.length ? this.#hand : 0;
      this.#hand = place + 1;
      const entry = this.#ring[place];
      if (entry?.isUsed === true && passed < MAX_PASSED_OVER) {
        entry.isUsed = false;
        continue;
      }
      if (entry !== undefined) this.#entries.delete(entry.key);
      return place;
    }
  }
}
