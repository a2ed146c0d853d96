import { EMPTY_ROOT, Frontier, HASH_BYTES, nodeHash } from '../log/index.js';

/** Most hashes that one list holds; 65,536 hashes are 2 MiB, 2.8 MB as base64 on the export's last line. */
export const MAX_SUBTREE_HASHES = 65_536;

/**
 * The roots of all subtrees of `2^level` leaves, left to right, 32 bytes each; the last one covers what is left over.
 * Their own tree's root is the log's root (RFC 6962 splits at powers of two), so a signed root authenticates them.
 */
export interface SubtreeList {
  readonly level: number;
  readonly hashes: Uint8Array;
}

/**
 * Collects leaf hashes in order into a list of bounded size: whenever it is full, neighbours are joined and the level
 * rises. The level is thus a function of the number of leaves alone, and memory stays below 2 MiB for any log.
 */
export class SubtreeHashes {
  private readonly complete: Buffer;
  private count = 0;
  private currentLevel = 0;
  private pending = Frontier.empty();
  private leaves = 0;

  /** @param capacity most hashes held, even; anything but the default is for tests */
  constructor(private readonly capacity = MAX_SUBTREE_HASHES) {
    this.complete = Buffer.alloc(capacity * HASH_BYTES);
  }

  get size(): number {
    return this.leaves;
  }

  /** Takes the next leaf's hash (32 bytes). */
  append(leafHash: Uint8Array): void {
    if (this.count === this.capacity) this.raiseLevel();
    this.leaves += 1;
    if (this.currentLevel === 0) {
      this.push(leafHash);
      return;
    }
    this.pending.append(leafHash);
    if (this.pending.size === 2 ** this.currentLevel) {
      this.push(this.pending.root());
      this.pending = Frontier.empty();
    }
  }

  /** The list over all leaves so far; a copy. */
  list(): SubtreeList {
    const full = this.complete.subarray(0, this.count * HASH_BYTES);
    const hashes = this.pending.size === 0 ? Buffer.from(full) : Buffer.concat([full, this.pending.root()]);
    return { level: this.currentLevel, hashes };
  }

  /** The RFC 6962 root over all leaves so far. */
  root(): Buffer {
    return rootOfSubtrees(this.list());
  }

  private push(hash: Uint8Array): void {
    this.complete.set(hash, this.count * HASH_BYTES);
    this.count += 1;
  }

  private raiseLevel(): void {
    // Only ever called on a full list, so nothing is pending and the number of hashes is even.
    const joined = joinNeighbours(this.complete);
    this.complete.set(joined);
    this.count = joined.length / HASH_BYTES;
    this.currentLevel += 1;
  }
}

/** The RFC 6962 root that such a list stands for. */
export function rootOfSubtrees(list: SubtreeList): Buffer {
  if (list.hashes.length === 0) return EMPTY_ROOT;
  const frontier = Frontier.empty();
  for (let at = 0; at < list.hashes.length; at += HASH_BYTES) {
    frontier.append(list.hashes.subarray(at, at + HASH_BYTES));
  }
  return frontier.root();
}

/** The same leaves as a list of a higher level; a lone last subtree moves up unchanged, as in RFC 6962. */
export function raiseSubtrees(list: SubtreeList, level: number): SubtreeList {
  let raised = list;
  while (raised.level < level) raised = { level: raised.level + 1, hashes: joinNeighbours(raised.hashes) };
  return raised;
}

export interface PositionRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Where two logs first differ, as precisely as their lists say: one position if both hold leaf hashes, else the range
 * of the first subtree that differs. `null` if they agree as far as both reach; how far a subtree that only one of them
 * has in full agrees cannot be told.
 */
export function firstDifference(
  left: { readonly size: number; readonly list: SubtreeList },
  right: { readonly size: number; readonly list: SubtreeList },
): PositionRange | null {
  const level = Math.max(left.list.level, right.list.level);
  const width = 2 ** level;
  const shared = Math.min(left.size, right.size);
  const comparable = left.size === right.size ? Math.ceil(shared / width) : Math.floor(shared / width);
  const leftHashes = raiseSubtrees(left.list, level).hashes;
  const rightHashes = raiseSubtrees(right.list, level).hashes;
  for (let index = 0; index < comparable; index += 1) {
    if (!Buffer.from(hashAt(leftHashes, index)).equals(hashAt(rightHashes, index))) {
      return { from: index * width + 1, to: Math.min((index + 1) * width, shared) };
    }
  }
  return null;
}

function joinNeighbours(hashes: Uint8Array): Buffer {
  const count = hashes.length / HASH_BYTES;
  const joined = Buffer.alloc(Math.ceil(count / 2) * HASH_BYTES);
  for (let index = 0; index < count; index += 2) {
    const left = hashAt(hashes, index);
    joined.set(index + 1 < count ? nodeHash(left, hashAt(hashes, index + 1)) : left, (index / 2) * HASH_BYTES);
  }
  return joined;
}

function hashAt(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}
