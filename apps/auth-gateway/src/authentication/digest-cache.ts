const WORDS = 8;
const DIGEST_CHARACTERS = 4 * WORDS;
const FIRST_ROWS = 1_024;
/** How many used entries may be passed over for one that comes in, so that no insertion takes long. */
const MAX_PASSED_OVER = 64;

/**
 * A bounded map by digests of 32 bytes that forgets what has not been used lately (the clock algorithm). The digests
 * are numbers in one array, and digests are as good as random: a look-up touches a place in a table and a row, where a
 * Map of strings would go through a chain of objects all over memory, and nothing here is looked through by the
 * collector but the values.
 *
 * A look-up among 100,000 takes a quarter of the processor time that lru-cache takes (bench part `hand-written`: 3.7
 * times the look-ups).
 */
export class DigestCache<Value> {
  private readonly max: number;
  /** For each digest its words, in the order of its row. */
  private digests = new Uint32Array(0);
  private isUsed = new Uint8Array(0);
  private readonly values: Value[] = [];
  /**
   * Open addressing: from a digest's first word on the first place with its row, counted from 1; 0 is free. At least
   * half of it is.
   */
  private table = new Uint32Array(0);
  private hand = 0;

  constructor(options: { readonly max: number }) {
    this.max = options.max;
    this.makeRows(Math.min(FIRST_ROWS, options.max));
  }

  get size(): number {
    return this.values.length;
  }

  /** @param digest 32 characters of one byte each */
  get(digest: string): Value | undefined {
    const row = this.rowOf(digest);
    if (row < 0) return undefined;
    if (this.isUsed[row] === 0) this.isUsed[row] = 1;
    return this.values[row];
  }

  set(digest: string, value: Value): void {
    let row = this.rowOf(digest);
    if (row < 0) {
      row = this.freeRow();
      for (let word = 0; word < WORDS; word++) this.digests[row * WORDS + word] = wordOf(digest, word);
      this.isUsed[row] = 0;
      this.enter(row);
    }
    this.values[row] = value;
  }

  private rowOf(digest: string): number {
    if (digest.length !== DIGEST_CHARACTERS) throw new RangeError('this is no digest');
    const table = this.table;
    const mask = table.length - 1;
    for (let place = wordOf(digest, 0) & mask; ; place = (place + 1) & mask) {
      const row = (table[place] ?? 0) - 1;
      if (row < 0 || this.isAt(row, digest)) return row;
    }
  }

  private isAt(row: number, digest: string): boolean {
    const digests = this.digests;
    const start = row * WORDS;
    for (let word = 0; word < WORDS; word++) if (digests[start + word] !== wordOf(digest, word)) return false;
    return true;
  }

  private freeRow(): number {
    const { length } = this.values;
    if (length >= this.max) return this.makeRoom();
    if (length >= this.isUsed.length) this.makeRows(Math.min(2 * length, this.max));
    return length;
  }

  /** @returns the row that is free now */
  private makeRoom(): number {
    for (let passed = 0; ; passed++) {
      const row = this.hand;
      this.hand = row + 1 < this.values.length ? row + 1 : 0;
      if (this.isUsed[row] === 0 || passed >= MAX_PASSED_OVER) {
        this.leave(row);
        return row;
      }
      this.isUsed[row] = 0;
    }
  }

  private enter(row: number): void {
    const mask = this.table.length - 1;
    let place = this.homeOf(row);
    while (this.table[place] !== 0) place = (place + 1) & mask;
    this.table[place] = row + 1;
  }

  /** What comes after the gap moves up unless it would stand before its home then: a look-up ends at a free place. */
  private leave(row: number): void {
    const table = this.table;
    const mask = table.length - 1;
    let gap = this.homeOf(row);
    while (table[gap] !== row + 1) gap = (gap + 1) & mask;
    for (let place = (gap + 1) & mask; table[place] !== 0; place = (place + 1) & mask) {
      const away = (place - this.homeOf((table[place] ?? 0) - 1)) & mask;
      if (away < ((place - gap) & mask)) continue;
      table[gap] = table[place] ?? 0;
      gap = place;
    }
    table[gap] = 0;
  }

  private homeOf(row: number): number {
    return (this.digests[row * WORDS] ?? 0) & (this.table.length - 1);
  }

  private makeRows(rows: number): void {
    const [digests, isUsed] = [new Uint32Array(rows * WORDS), new Uint8Array(rows)];
    digests.set(this.digests);
    isUsed.set(this.isUsed);
    this.digests = digests;
    this.isUsed = isUsed;
    this.table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * rows)));
    for (let row = 0; row < this.values.length; row++) this.enter(row);
  }
}

function wordOf(digest: string, word: number): number {
  const at = 4 * word;
  const low = digest.charCodeAt(at) | (digest.charCodeAt(at + 1) << 8);
  return (low | (digest.charCodeAt(at + 2) << 16) | (digest.charCodeAt(at + 3) << 24)) >>> 0;
}
