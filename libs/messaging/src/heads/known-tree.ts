import { type Frontier, RecentTree } from '@keyfold/domain';
import type { TreeState } from '../ports/log-source.js';

/** Leaves whose nodes are kept: a few minutes at 100 appends a second. */
const MAX_RECENT = 32_768;

/** What may spare a proof: how a caller came to a state, or its frontier. */
export interface StateOrigin {
  /** The leaf hashes after a smaller size, from which the caller has made the state. */
  readonly grown?: { readonly from: number; readonly leafHashes: readonly Buffer[] } | undefined;
  readonly frontier?: Frontier | undefined;
}

/** What a head that was read with the leaf hashes after `from` tells of itself. */
export function originOf(
  head: { readonly frontier: Frontier; readonly leafHashes: readonly Buffer[] | null },
  from: number | undefined,
): StateOrigin {
  const { frontier, leafHashes } = head;
  return { frontier, grown: from === undefined || leafHashes === null ? undefined : { from, leafHashes } };
}

/**
 * The end of the log's tree as this process knows it. It grows by leaves alone, so each of its states is a prefix of
 * the next: whatever is consistent with one of them is consistent with all, and roots and proofs of the last records
 * need no read of the database.
 */
export class KnownTree {
  private tree: RecentTree | undefined;

  /** The largest state, if there is any. */
  get top(): TreeState | undefined {
    return this.tree && { size: this.tree.size, root: this.tree.rootAt(this.tree.size) };
  }

  /** Up to which size the tree is known; the leaf hashes behind it are all that lets it grow. */
  get size(): number | undefined {
    return this.tree?.size;
  }

  /** The root at a size, if that is among the last ones; null otherwise. */
  rootAt(size: number): Buffer | null {
    return this.at(size)?.rootAt(size) ?? null;
  }

  /** The consistency proof between two of the last sizes; null if one is not among them. */
  proof(from: number, to: number): Buffer[] | null {
    const tree = this.at(from);
    return tree !== null && tree === this.at(to) ? tree.consistencyProof(from, to) : null;
  }

  /**
   * Grows to a state. @returns false, and stays as it is, unless the leaves behind what is known make that very state
   */
  grow(state: TreeState, { grown }: StateOrigin): boolean {
    const { tree } = this;
    if (tree === undefined || grown === undefined) return false;
    const { from, leafHashes } = grown;
    if (from > tree.size || from + leafHashes.length !== state.size) return false;
    const added = leafHashes.slice(tree.size - from);
    const tried = tree.frontier();
    for (const hash of added) tried.append(hash);
    if (!tried.root().equals(state.root)) return false;
    for (const hash of added) tree.append(hash);
    if (tree.size - tree.since > MAX_RECENT) tree.forgetBefore(tree.size - MAX_RECENT / 2);
    return true;
  }

  /** Begins anew at a state that has been proven to extend what is known, if its frontier came along. */
  begin(state: TreeState, { frontier }: StateOrigin): void {
    if (frontier?.size !== state.size || !frontier.root().equals(state.root)) return;
    if (this.tree === undefined || this.tree.size < state.size) this.tree = new RecentTree(frontier);
  }

  private at(size: number): RecentTree | null {
    const { tree } = this;
    return tree !== undefined && size >= tree.since && size <= tree.size ? tree : null;
  }
}
