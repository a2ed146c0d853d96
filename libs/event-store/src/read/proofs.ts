import type pg from 'pg';
import { type NodeId, planConsistency, planInclusion, planRoot, type ProofPlan } from '@keyfold/domain';
import { StoreRefusedError } from '../errors.js';
import { type EntryRange, readEntries } from './tile-entries.js';
import { tileRoot } from './tiles.js';

// 256 entries per tile.
const LEVELS_PER_TILE = 8;

/** The audit path (RFC 6962, 2.1.1) of a leaf, from 0, in the tree of a size that the log has had. */
export function inclusionProof(pool: pg.Pool, leafIndex: number, treeSize: number): Promise<Buffer[]> {
  return assembled(pool, planInclusion(leafIndex, treeSize));
}

/** The audit paths of several leaves in the same tree, read at once. */
export function inclusionProofs(pool: pg.Pool, leafIndexes: readonly number[], treeSize: number): Promise<Buffer[][]> {
  return allAssembled(
    pool,
    leafIndexes.map((leafIndex) => planInclusion(leafIndex, treeSize)),
  );
}

/** The consistency proof (RFC 6962, 2.1.2) between two sizes that the log has had. */
export function consistencyProof(pool: pg.Pool, from: number, to: number): Promise<Buffer[]> {
  return assembled(pool, planConsistency(from, to));
}

/** The root over the first `size` records. */
export async function rootAt(pool: pg.Pool, size: number): Promise<Buffer> {
  const [root] = await assembled(pool, planRoot(size));
  if (root === undefined) throw new Error('the plan of a root gives one hash');
  return root;
}

async function assembled(pool: pg.Pool, plan: ProofPlan): Promise<Buffer[]> {
  const [proof = []] = await allAssembled(pool, [plan]);
  return proof;
}

async function allAssembled(pool: pg.Pool, plans: readonly ProofPlan[]): Promise<Buffer[][]> {
  const nodes = [...new Map(plans.flatMap((plan) => plan.nodes.map((node) => [nodeName(node), node]))).values()];
  const ranges = nodes.map(entryRange);
  const entries = await readEntries(pool, ranges);
  const hashes = new Map<string, Buffer>();
  nodes.forEach((node, nth) => {
    const found = entries[nth] ?? [];
    if (found.length !== ranges[nth]?.count) {
      throw new StoreRefusedError(`the log has no complete tree below node ${node.index} of level ${node.level}`);
    }
    hashes.set(nodeName(node), tileRoot(found));
  });
  return plans.map((plan) =>
    plan.assemble((node) => {
      const hash = hashes.get(nodeName(node));
      if (hash === undefined) throw new Error('a plan asks for its own nodes only');
      return hash;
    }),
  );
}

// A node of tree level 8L + r is the root over 2^r neighbouring entries of level L.
function entryRange({ level, index }: NodeId): EntryRange {
  const count = 2 ** (level % LEVELS_PER_TILE);
  return { level: Math.floor(level / LEVELS_PER_TILE), first: index * count, count };
}

function nodeName({ level, index }: NodeId): string {
  return `${level}/${index}`;
}
