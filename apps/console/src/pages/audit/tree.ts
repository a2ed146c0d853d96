import { fromBase64, hex, sha256 } from './bytes.js';

export const HASH_BYTES = 32;
type Hash = Uint8Array<ArrayBuffer>;

/** A hash on the way from the leaf to the root, and the sibling that it was joined with. */
export interface PathNode {
  readonly sibling: string;
  readonly side: 'left' | 'right';
  readonly result: string;
}

export interface Climb {
  readonly nodes: readonly PathNode[];
  readonly root: string;
  /** Whether there were as many hashes as the leaf's place in a tree of this size demands. */
  readonly isWellFormed: boolean;
}

/** The hash of a leaf (RFC 6962, 2.1). */
export function leafHash(leaf: Uint8Array): Promise<Hash> {
  return sha256(Uint8Array.of(0), leaf);
}

function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Hash> {
  return sha256(Uint8Array.of(1), left, right);
}

/** @returns null if they are not all base64 of 32 bytes */
export function readHashes(texts: unknown): Hash[] | null {
  if (!Array.isArray(texts)) return null;
  const hashes = texts.map((text) => fromBase64(text));
  return hashes.every((hash): hash is Hash => hash?.length === HASH_BYTES) ? hashes : null;
}

/**
 * The root that a leaf and its path give (RFC 9162, 2.1.3.2).
 *
 * @param path null counts as malformed
 */
export async function climb(
  leaf: Hash,
  {
    index: leafIndex,
    treeSize,
    path,
  }: { readonly index: number; readonly treeSize: number; readonly path: Hash[] | null },
): Promise<Climb> {
  let [index, last, result] = [leafIndex, treeSize - 1, leaf];
  const nodes: PathNode[] = [];
  let isWellFormed = path !== null && Number.isSafeInteger(treeSize) && leafIndex < treeSize;
  for (const sibling of path ?? []) {
    // More hashes than the tree is high.
    if (last <= 0) isWellFormed = false;
    const isRightChild = index % 2 === 1 || index === last;
    result = isRightChild ? await nodeHash(sibling, result) : await nodeHash(result, sibling);
    if (isRightChild) while (index % 2 === 0 && index !== 0) [index, last] = up(index, last);
    nodes.push({ sibling: hex(sibling), side: isRightChild ? 'left' : 'right', result: hex(result) });
    [index, last] = up(index, last);
  }
  return { nodes, root: hex(result), isWellFormed: isWellFormed && last === 0 };
}

/** A tree as a checkpoint gives it. */
export interface Tree {
  readonly size: number;
  readonly root: Hash;
}

/**
 * Whether the larger tree begins with the smaller one (RFC 9162, 2.1.4.2).
 *
 * @param proof null counts as malformed, and malformed proves nothing
 */
export async function isConsistent(older: Tree, newer: Tree, proof: Hash[] | null): Promise<boolean> {
  if (proof === null || older.size < 1 || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && hex(older.root) === hex(newer.root);
  // Of a power of two the older root is itself the first node, and left out.
  const [seed, ...siblings] = isPowerOfTwo(older.size) ? [older.root, ...proof] : proof;
  if (seed === undefined) return false;
  const roots = await rootsOf({ older: older.size, newer: newer.size }, seed, siblings);
  return roots !== null && hex(roots.older) === hex(older.root) && hex(roots.newer) === hex(newer.root);
}

/** Both roots as the proof gives them; null if it has not as many hashes as these sizes demand. */
async function rootsOf(
  sizes: { readonly older: number; readonly newer: number },
  seed: Hash,
  siblings: readonly Hash[],
): Promise<{ older: Hash; newer: Hash } | null> {
  let [index, last] = [sizes.older - 1, sizes.newer - 1];
  while (index % 2 === 1) [index, last] = up(index, last);
  let [older, newer] = [seed, seed];
  for (const sibling of siblings) {
    if (last === 0) return null;
    if (index % 2 === 1 || index === last) {
      [older, newer] = [await nodeHash(sibling, older), await nodeHash(sibling, newer)];
      while (index % 2 === 0 && index !== 0) [index, last] = up(index, last);
    } else newer = await nodeHash(newer, sibling);
    [index, last] = up(index, last);
  }
  return last === 0 ? { older, newer } : null;
}

// Not by shifts, which would cut a size to 32 bits.
function up(index: number, last: number): [number, number] {
  return [Math.floor(index / 2), Math.floor(last / 2)];
}

function isPowerOfTwo(size: number): boolean {
  let rest = size;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}
