import { z } from 'zod';
import {
  batchLeaf,
  batchTree,
  isInBatch,
  isSignedBatchHead,
  type JsonObject,
  NO_LEASE_REASONS,
  type NoLeaseReason,
  type NoteSigner,
  type NoteVerifier,
  signBatchHead,
} from '@keyfold/domain';
import { FeedProblem } from '../protocol/errors.js';

/** One reply of a batch, before it is signed. */
export interface BatchedReply {
  /** Of the request: SHA-256, base64url. */
  readonly requestHash: string;
  readonly nonce: string;
  /** Committed with the lease row; 0 for none. */
  readonly leaseSeconds: number;
  readonly noLease: NoLeaseReason | null;
  /** As `LeaseGrant` has it. */
  readonly retryAt?: string;
  /** Base64 hashes, from the request's `appliedSize` to the head. */
  readonly consistency: readonly string[];
}

/** What all replies of a batch have in common. */
export interface BatchHead {
  /** Signed note of the head, read after the batch's lease rows were committed. */
  readonly checkpoint: string;
  /** The time committed with the lease rows, or the last record's if that is later. RFC 3339, milliseconds. */
  readonly logTime: string;
}

/** A reply of a batch, verified as far as it can be without the gateway's own tree. */
export interface OpenedBatchReply extends BatchHead {
  readonly leaseSeconds: number;
  readonly noLease: NoLeaseReason | 'UNKNOWN' | null;
  /** Log time from which on there may be one, where the log says so. RFC 3339, milliseconds. Not signed. */
  readonly retryAt?: string;
  readonly consistency: readonly string[];
}

const hash = z.base64().length(44);
const MAX_PROOF_HASHES = 128;

const replySchema = z.object({
  head: z.string(),
  signature: z.base64(),
  nonce: z.string().max(64),
  leaseSeconds: z.int().min(0).max(86_400),
  noLease: z.string().max(64).nullable(),
  retryAt: z.iso.datetime({ precision: 3 }).optional(),
  index: z.int().nonnegative(),
  path: z.array(hash).max(64),
  consistency: z.array(hash).max(MAX_PROOF_HASHES),
});
const headSchema = z.object({
  checkpoint: z.string().max(16_384),
  logTime: z.iso.datetime({ precision: 3 }),
  batch: z.object({ size: z.int().positive(), root: hash }),
});

/**
 * Signs one head for many requests and makes each reply's body. The caller has made sure that the checkpoint may be
 * signed at all.
 */
export function signBatch(
  { checkpoint, logTime }: BatchHead,
  replies: readonly BatchedReply[],
  signer: NoteSigner,
): JsonObject[] {
  const leaves = replies.map(({ leaseSeconds, requestHash }) =>
    batchLeaf({ requestHash: Buffer.from(requestHash, 'base64url'), leaseSeconds }),
  );
  const { paths, root } = batchTree(leaves);
  const text = JSON.stringify({ checkpoint, logTime, batch: { size: leaves.length, root: root.toString('base64') } });
  const signature = signBatchHead(text, signer).toString('base64');
  return replies.map(({ consistency, leaseSeconds, noLease, nonce, retryAt }, index) => ({
    head: text,
    signature,
    nonce,
    leaseSeconds,
    noLease,
    ...(retryAt === undefined ? {} : { retryAt }),
    index,
    path: (paths[index]?.hashes ?? []).map((sibling) => sibling.toString('base64')),
    consistency: [...consistency],
  }));
}

/** Whether a reply's body is one of a batch, rather than one that was signed for its request alone. */
export function isBatchReply(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'path');
}

/**
 * Reads a batch reply's body and checks that it is this request's: nonce, the log's signature over the batch, and the
 * path from the request with its lease. The checkpoint and the proof in it are still to be checked.
 *
 * @throws FeedProblem `BAD_HEAD`
 */
export function openBatchReply(
  body: unknown,
  request: { readonly nonce: string; readonly hash: string },
  verifier: NoteVerifier,
): OpenedBatchReply {
  const parsed = replySchema.safeParse(body);
  if (!parsed.success) throw noHead();
  const { consistency, head: text, index, leaseSeconds, noLease, nonce, path, retryAt, signature } = parsed.data;
  if (nonce !== request.nonce) throw new FeedProblem('BAD_HEAD', "the nonce is not this request's");
  if (!isSignedBatchHead(text, Buffer.from(signature, 'base64'), verifier))
    throw new FeedProblem('BAD_HEAD', "the head's signature is wrong");
  const { batch, checkpoint, logTime } = parseHead(text);
  const requestHash = Buffer.from(request.hash, 'base64url');
  const hashes = path.map((sibling) => Buffer.from(sibling, 'base64'));
  const root = Buffer.from(batch.root, 'base64');
  if (!isInBatch({ requestHash, leaseSeconds }, { index, hashes }, { root, size: batch.size }))
    throw new FeedProblem('BAD_HEAD', 'the signed batch does not hold this request with this lease');
  const until = retryAt === undefined ? {} : { retryAt };
  return { checkpoint, logTime, leaseSeconds, noLease: reasonOf(leaseSeconds, noLease), consistency, ...until };
}

function parseHead(text: string): z.output<typeof headSchema> {
  const parsed = headSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw noHead();
  return parsed.data;
}

/** The reason is for people: only the length is signed. A newer log may give one that is not known here. */
function reasonOf(leaseSeconds: number, noLease: string | null): OpenedBatchReply['noLease'] {
  if (leaseSeconds > 0) return null;
  return NO_LEASE_REASONS.find((reason) => reason === noLease) ?? 'UNKNOWN';
}

function noHead(): FeedProblem {
  return new FeedProblem('BAD_HEAD', 'the reply is no signed head');
}
