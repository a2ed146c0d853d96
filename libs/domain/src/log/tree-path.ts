/** Leaves from (included) to (excluded): what one node of a tree's hash is over, perfect or on the right border. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One step from a node up to its parent. */
export interface PathStep {
  /** What the other child of the parent is over. */
  readonly sibling: Span;
  /** Whether the sibling is the left child. */
  readonly siblingIsLeft: boolean;
}

/** The steps from a leaf up to the root. Needs 0 <= leafIndex < treeSize. */
export function pathFromLeaf(leafIndex: number, treeSize: number): PathStep[] {
  return descend({ from: 0, to: treeSize }, leafIndex, (span) => span.to - span.from === 1).steps;
}

/**
 * The steps up to the root from the largest node that ends where the older tree did. Needs 0 < fromSize <= toSize.
 *
 * @returns also what that node is over: it begins at 0 only if the older tree was perfect, or is the whole.
 */
export function pathFromOlderEnd(fromSize: number, toSize: number): { start: Span; steps: PathStep[] } {
  return descend({ from: 0, to: toSize }, fromSize - 1, (span) => span.to === fromSize);
}

/** The largest power of two that is at most n, for n from 1 to 2^53-1. */
export function largestPowerOfTwo(n: number): number {
  const high = Math.floor(n / 2 ** 32);
  return high > 0 ? 2 ** (63 - Math.clz32(high)) : 2 ** (31 - Math.clz32(n));
}

// From the root down towards a leaf; the steps are given in the order back up.
function descend(root: Span, leafIndex: number, isThere: (span: Span) => boolean): { start: Span; steps: PathStep[] } {
  const steps: PathStep[] = [];
  let span = root;
  while (!isThere(span)) {
    // RFC 6962 splits at the largest power of two below the number of leaves.
    const middle = span.from + largestPowerOfTwo(span.to - span.from - 1);
    const left = { from: span.from, to: middle };
    const right = { from: middle, to: span.to };
    const siblingIsLeft = leafIndex >= middle;
    steps.push({ sibling: siblingIsLeft ? left : right, siblingIsLeft });
    span = siblingIsLeft ? right : left;
  }
  return { start: span, steps: steps.reverse() };
}
