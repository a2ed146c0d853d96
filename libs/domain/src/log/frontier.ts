import { EMPTY_ROOT, HASH_BYTES, leafHashText, nodeHashText, requireTreeSize } from './merkle-hash.js';

/**
 * What must be kept of a tree to go on growing it: the roots of its perfect subtrees, one for each bit set in its size.
 * At most 53 hashes, so a follower can check a root over millions of records with memory for a handful.
 */
export class Frontier {
  // Largest subtree (the leftmost leaves) first; the two to merge next are always the last two. A character is a byte:
  // a follower makes two hashes for each record, and as strings they cost a third less.
  private constructor(
    private count: number,
    private readonly hashes: string[],
  ) {}

  /** The frontier of the tree without leaves. */
  static empty(): Frontier {
    return new Frontier(0, []);
  }

  /**
   * Restores what {@link toBytes} gave. The bytes are copied.
   *
   * @param size number of leaves.
   * @param hashes 32 bytes for each bit set in `size`, largest subtree first.
   * @throws RangeError if the size is none or the bytes are not as many.
   */
  static from(size: number, hashes: Uint8Array): Frontier {
    requireTreeSize(size);
    if (hashes.byteLength !== HASH_BYTES * bitsSet(size)) {
      throw new RangeError(`the frontier of ${size} leaves has ${bitsSet(size)} hashes of ${HASH_BYTES} bytes`);
    }
    const bytes = Buffer.from(hashes);
    const parts: string[] = [];
    for (let at = 0; at < bytes.byteLength; at += HASH_BYTES) parts.push(bytes.toString('latin1', at, at + HASH_BYTES));
    return new Frontier(size, parts);
  }

  /** Number of leaves. */
  get size(): number {
    return this.count;
  }

  /**
   * Adds one leaf.
   *
   * @param leafHash is copied.
   * @throws RangeError unless it has 32 bytes.
   */
  append(leafHash: Uint8Array): void {
    if (leafHash.byteLength !== HASH_BYTES) throw new RangeError(`a hash has ${HASH_BYTES} bytes`);
    this.add(Buffer.from(leafHash).toString('latin1'));
  }

  /** Adds one leaf by its bytes: `append(leafHash(leaf))`, faster. */
  appendLeaf(leaf: Uint8Array): void {
    this.add(leafHashText(leaf));
  }

  /** The root (RFC 6962, 2.1), 32 bytes. */
  root(): Buffer {
    const last = this.hashes.at(-1);
    if (last === undefined) return Buffer.from(EMPTY_ROOT);
    const root = this.hashes.slice(0, -1).reduceRight((right, left) => nodeHashText(left, right), last);
    return Buffer.from(root, 'latin1');
  }

  /** The hashes of the perfect subtrees, largest (left) first, 32 bytes each: what {@link from} takes. */
  toBytes(): Buffer {
    return Buffer.from(this.hashes.join(''), 'latin1');
  }

  /** An independent copy: appending to one leaves the other as it is. */
  clone(): Frontier {
    return new Frontier(this.count, [...this.hashes]);
  }

  private add(leafHash: string): void {
    let hash = leafHash;
    // Each set low bit of the size is a subtree as large as the one in hand. Divided, not shifted: sizes exceed 32
    // bits.
    for (let rest = this.count; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.hashes.pop();
      if (left === undefined) throw new RangeError('the frontier does not fit its size');
      hash = nodeHashText(left, hash);
    }
    this.hashes.push(hash);
    this.count += 1;
  }
}

function bitsSet(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}
