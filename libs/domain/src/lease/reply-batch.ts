import { leafHash, nodeHash, type NoteSigner, type NoteVerifier, verifyInclusion } from '../log/index.js';

/** A lease row as it was committed, for one request of a batch. */
export interface BatchEntry {
  /** SHA-256 of the request, 32 bytes. */
  readonly requestHash: Uint8Array;
  /** The length committed with the request's lease row; 0 where it got no lease. */
  readonly leaseSeconds: number;
}

/** What shows that an entry is in a signed batch. */
export interface BatchPath {
  /** From 0. */
  readonly index: number;
  readonly hashes: readonly Buffer[];
}

const MAX_LEASE_SECONDS = 0xffff_ffff;

/**
 * The leaf of one request: SHA-256(0x00 || request hash || lease seconds as four bytes, big-endian). The lease is in
 * the leaf, so a reply cannot be combined with another request's length.
 *
 * @throws RangeError if the hash has not 32 bytes or the length is no whole number of 32 bits
 */
export function batchLeaf({ leaseSeconds, requestHash }: BatchEntry): Buffer {
  if (requestHash.byteLength !== 32) throw new RangeError('a request hash has 32 bytes');
  if (!Number.isInteger(leaseSeconds) || leaseSeconds < 0 || leaseSeconds > MAX_LEASE_SECONDS)
    throw new RangeError('a lease is a whole number of seconds');
  const bytes = Buffer.alloc(32 + 4);
  bytes.set(requestHash);
  bytes.writeUInt32BE(leaseSeconds, 32);
  return leafHash(bytes);
}

/** The Merkle tree (RFC 6962) over the leaves of a batch: its root, and each leaf's path. */
export function batchTree(leaves: readonly Buffer[]): { readonly root: Buffer; readonly paths: readonly BatchPath[] } {
  if (leaves.length === 0) throw new RangeError('a batch has an entry');
  const paths = leaves.map((_leaf, index) => ({ index, hashes: [] as Buffer[] }));
  // Level by level: the last node of an odd level moves up as it is, which makes exactly the tree of RFC 6962.
  let level = leaves.map((hash, index) => ({ hash, from: index, to: index + 1 }));
  while (level.length > 1) {
    const above: typeof level = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at], level[at + 1]];
      if (left === undefined) continue;
      if (right === undefined) {
        above.push(left);
        continue;
      }
      for (const { hashes } of paths.slice(left.from, left.to)) hashes.push(right.hash);
      for (const { hashes } of paths.slice(right.from, right.to)) hashes.push(left.hash);
      above.push({ hash: nodeHash(left.hash, right.hash), from: left.from, to: right.to });
    }
    level = above;
  }
  const [root] = level;
  if (root === undefined) throw new RangeError('a batch has an entry');
  return { root: root.hash, paths };
}

/** Whether an entry is in the batch with this size and root. False for whatever is malformed; never throws. */
export function isInBatch(
  entry: BatchEntry,
  path: BatchPath,
  { root, size }: { readonly root: Uint8Array; readonly size: number },
): boolean {
  let leafHash: Buffer;
  try {
    leafHash = batchLeaf(entry);
  } catch {
    return false;
  }
  return verifyInclusion({ leafHash, leafIndex: path.index, treeSize: size, proof: path.hashes, root });
}

/** Signs the head of a batch: the text that all its replies carry, with the root of the batch in it. */
export function signBatchHead(text: string, signer: NoteSigner): Buffer {
  return signer.sign(batchHeadBytes(text));
}

/** Whether the log's key has signed this text as the head of a batch. */
export function isSignedBatchHead(text: string, signature: Uint8Array, verifier: NoteVerifier): boolean {
  // A lone surrogate has no bytes of its own: two texts would have the same signature.
  return text.isWellFormed() && verifier.verify(batchHeadBytes(text), signature);
}

// A note begins with its origin, which has no space in it, and a head for a single request with other words.
function batchHeadBytes(text: string): Buffer {
  return Buffer.from(`keyfold lease batch v1\n${text}`);
}
