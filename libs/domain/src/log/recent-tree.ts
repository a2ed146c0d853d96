import { Frontier } from './frontier.js';
import { HASH_BYTES, nodeHash } from './merkle-hash.js';
import { type NodeId, planConsistency, planRoot, type ProofPlan } from './proof-plan.js';

interface Level {
  /** Index of the first node that is kept. */
  first: number;
  readonly hashes: Buffer[];
}

/**
 * The end of a growing tree: every node that a root or a consistency proof needs, for all sizes from {@link since} to
 * {@link size}. Nodes of a tree never change, so what is asked of a log about its last records needs no read of the
 * log.
 */
export class RecentTree {
  private readonly levels: Level[] = [];
  private count: number;
  private first: number;

  /** @param frontier of the tree to begin with; copied. */
  constructor(frontier: Frontier) {
    this.count = frontier.size;
    this.first = frontier.size;
    const hashes = frontier.toBytes();
    let at = hashes.byteLength;
    let index = this.count;
    for (let level = 0; index > 0 || level === 0; level += 1) {
      // A set bit of the size is a perfect subtree, and the frontier lists them with the largest first.
      const isSet = index % 2 === 1;
      if (isSet) at -= HASH_BYTES;
      const kept = isSet ? [Buffer.from(hashes.subarray(at, at + HASH_BYTES))] : [];
      this.levels.push({ first: index - kept.length, hashes: kept });
      index = Math.floor(index / 2);
    }
  }

  /** Number of leaves. */
  get size(): number {
    return this.count;
  }

  /** The smallest size that is answered for. */
  get since(): number {
    return this.first;
  }

  /** @param leafHash 32 bytes; kept, not copied. */
  append(leafHash: Buffer): void {
    let hash = leafHash;
    for (let level = 0; ; level += 1) {
      const { first, hashes } = this.levelAt(level);
      const index = first + hashes.length;
      hashes.push(hash);
      if (index % 2 === 0) break;
      hash = nodeHash(this.node({ level, index: index - 1 }), hash);
    }
    this.count += 1;
  }

  /** What must be kept of it to go on growing it elsewhere. */
  frontier(): Frontier {
    const { nodes } = planRoot(this.count);
    return Frontier.from(this.count, Buffer.concat(nodes.map((node) => this.node(node))));
  }

  /** The root over the first `size` leaves. @throws RangeError unless since <= size <= this.size. */
  rootAt(size: number): Buffer {
    this.requireKept(size);
    const [root] = this.assembled(planRoot(size));
    if (root === undefined) throw new Error('the plan of a root gives one hash');
    return root;
  }

  /** RFC 6962 consistency proof. @throws RangeError unless since <= from <= to <= this.size. */
  consistencyProof(from: number, to: number): Buffer[] {
    this.requireKept(from);
    this.requireKept(to);
    return this.assembled(planConsistency(from, to));
  }

  /** Answers from now on for no size below this one. @throws RangeError unless since <= size <= this.size. */
  forgetBefore(size: number): void {
    this.requireKept(size);
    this.first = size;
    let index = size;
    for (const level of this.levels) {
      const keptFrom = index - (index % 2);
      if (keptFrom > level.first) level.hashes.splice(0, keptFrom - level.first);
      level.first = Math.max(level.first, keptFrom);
      index = Math.floor(index / 2);
    }
  }

  private levelAt(level: number): Level {
    const found = this.levels[level];
    if (found !== undefined) return found;
    // The tree has just become high enough: this is the level's first node.
    const added = { first: 0, hashes: [] };
    this.levels.push(added);
    return added;
  }

  private assembled(plan: ProofPlan): Buffer[] {
    return plan.assemble((node) => this.node(node));
  }

  private node({ level, index }: NodeId): Buffer {
    const kept = this.levels[level];
    const hash = kept?.hashes[index - kept.first];
    if (hash === undefined) throw new RangeError(`node ${index} of level ${level} is not kept`);
    return hash;
  }

  private requireKept(size: number): void {
    if (size < this.first || size > this.count)
      throw new RangeError(`the tree is known from ${this.first} to ${this.count} leaves, not at ${size}`);
  }
}
