import { EMPTY_ROOT, HASH_BYTES, nodeHash, sameHash } from './merkle-hash.js';
import { pathFromLeaf, pathFromOlderEnd } from './tree-path.js';

/** What an inclusion proof is checked against. */
export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  /** From 0; a record's position - 1. */
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** What a consistency proof is checked against. */
export interface ConsistencyClaim {
  readonly fromSize: number;
  readonly fromRoot: Uint8Array;
  readonly toSize: number;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * Whether the proof shows that the leaf is at this index in the tree with this root (RFC 6962, 2.1.1). False for
 * whatever is malformed; never throws. The caller must trust `treeSize` and `root` together.
 */
export function verifyInclusion(claim: InclusionClaim): boolean {
  const { leafHash, leafIndex, treeSize, proof, root } = claim;
  if (!isSize(leafIndex) || !isSize(treeSize) || leafIndex >= treeSize) return false;
  if (![leafHash, root, ...proof].every(isHash)) return false;
  const steps = pathFromLeaf(leafIndex, treeSize);
  if (steps.length !== proof.length) return false;
  const hash = proof.reduce((below, sibling, at) => {
    return steps[at]?.siblingIsLeft === true ? nodeHash(sibling, below) : nodeHash(below, sibling);
  }, leafHash);
  return sameHash(hash, root);
}

/**
 * Whether the proof shows that the tree of `toSize` leaves begins with the tree of `fromSize` leaves (RFC 6962, 2.1.2).
 * From size 0 and between equal sizes the proof is empty and the roots decide. False for whatever is malformed; never
 * throws.
 */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { fromSize, fromRoot, toSize, toRoot, proof } = claim;
  if (!isSize(fromSize) || !isSize(toSize) || fromSize > toSize) return false;
  if (![fromRoot, toRoot, ...proof].every(isHash)) return false;
  if (fromSize === toSize && !sameHash(fromRoot, toRoot)) return false;
  if (fromSize === 0) return proof.length === 0 && sameHash(fromRoot, EMPTY_ROOT);
  return growthIsProven(claim);
}

// For 0 < fromSize <= toSize: both roots are put together from the proof, the older one from its left siblings alone.
function growthIsProven({ fromSize, fromRoot, toSize, toRoot, proof }: ConsistencyClaim): boolean {
  const { start, steps } = pathFromOlderEnd(fromSize, toSize);
  // A node that begins at 0 is the older root itself, and left out of the proof.
  const [seed, ...siblings] = start.from === 0 ? [fromRoot, ...proof] : proof;
  if (seed === undefined || siblings.length !== steps.length) return false;
  let [older, newer] = [seed, seed];
  for (const [at, sibling] of siblings.entries()) {
    const isLeft = steps[at]?.siblingIsLeft === true;
    if (isLeft) older = nodeHash(sibling, older);
    newer = isLeft ? nodeHash(sibling, newer) : nodeHash(newer, sibling);
  }
  return sameHash(older, fromRoot) && sameHash(newer, toRoot);
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: Uint8Array): boolean {
  return value instanceof Uint8Array && value.byteLength === HASH_BYTES;
}
