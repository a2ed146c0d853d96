import { EMPTY_ROOT, nodeHash, requireTreeSize } from './merkle-hash.js';
import { largestPowerOfTwo, pathFromLeaf, pathFromOlderEnd, type Span } from './tree-path.js';

/**
 * The perfect subtree over the leaves index * 2^level to (index + 1) * 2^level - 1. It never changes once it exists.
 */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/** What must be read to make a proof, and how to make it, so that storage can read all of it at once. */
export interface ProofPlan {
  /** The perfect subtrees whose hashes are needed, each once. */
  readonly nodes: readonly NodeId[];
  /**
   * The proof, in the RFC's order.
   *
   * @param get gives the 32 bytes of a node of {@link nodes}.
   */
  assemble(get: (node: NodeId) => Uint8Array): Buffer[];
}

/**
 * Plans the Merkle audit path of a leaf (RFC 6962, 2.1.1).
 *
 * @param leafIndex from 0; a record's position - 1.
 * @param treeSize number of leaves of the tree to prove inclusion in.
 * @throws RangeError unless 0 <= leafIndex < treeSize.
 */
export function planInclusion(leafIndex: number, treeSize: number): ProofPlan {
  requireTreeSize(treeSize);
  requireTreeSize(leafIndex);
  if (leafIndex >= treeSize) throw new RangeError('the leaf is not in the tree');
  return planOf(pathFromLeaf(leafIndex, treeSize).map((step) => step.sibling));
}

/**
 * Plans the Merkle consistency proof between two sizes of one log (RFC 6962, 2.1.2). Empty if either is trivial: from
 * size 0, or between equal sizes.
 *
 * @throws RangeError unless 0 <= fromSize <= toSize.
 */
export function planConsistency(fromSize: number, toSize: number): ProofPlan {
  requireTreeSize(fromSize);
  requireTreeSize(toSize);
  if (fromSize > toSize) throw new RangeError('a log does not shrink');
  if (fromSize === 0) return planOf([]);
  const { start, steps } = pathFromOlderEnd(fromSize, toSize);
  const siblings = steps.map((step) => step.sibling);
  // The verifier knows the older root, but not the root of a part of it.
  return planOf(start.from === 0 ? siblings : [start, ...siblings]);
}

/** Plans the root of the first `treeSize` leaves: {@link ProofPlan.assemble} gives the root alone. */
export function planRoot(treeSize: number): ProofPlan {
  requireTreeSize(treeSize);
  if (treeSize === 0) return { nodes: [], assemble: () => [Buffer.from(EMPTY_ROOT)] };
  return planOf([{ from: 0, to: treeSize }]);
}

function planOf(spans: readonly Span[]): ProofPlan {
  const parts = spans.map(perfectSubtrees);
  return {
    nodes: parts.flat(),
    assemble: (get) => parts.map((nodes) => fold(nodes.map(get))),
  };
}

// A span begins at a multiple of its largest perfect subtree, so each further one begins at a multiple of its own size.
function perfectSubtrees(span: Span): NodeId[] {
  const nodes: NodeId[] = [];
  for (let from = span.from; from < span.to;) {
    const leaves = largestPowerOfTwo(span.to - from);
    nodes.push({ level: Math.log2(leaves), index: from / leaves });
    from += leaves;
  }
  return nodes;
}

function fold(hashes: readonly Uint8Array[]): Buffer {
  return Buffer.from(hashes.reduceRight((right, left) => nodeHash(left, right)));
}
