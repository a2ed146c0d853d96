import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject, type NoteSigner, type NoteVerifier } from '@keyfold/domain';
import { z } from 'zod';
import { FeedProblem, RequestRefusedError } from '../errors.js';

const base64 = z.base64();
const hash = z.base64().length(44);

/** The largest number of hashes a consistency proof of any tree can have: two for each bit of a size. */
const MAX_PROOF_HASHES = 128;

const headRequestSchema = z.strictObject({
  gatewayId: z.string().min(1).max(128),
  incarnation: z.string().min(1).max(64),
  nonce: z.string().min(16).max(64),
  appliedSize: z.int().nonnegative(),
  appliedRoot: hash,
  checkpoint: z.string().max(16_384).nullable(),
  held: z.string().max(64).nullable(),
});

/** What a gateway process asks about once a second and right after applying. Travels with an HMAC. */
export type HeadRequest = Readonly<z.output<typeof headRequestSchema>>;

const signedHeadSchema = z.strictObject({
  checkpoint: z.string().max(16_384),
  logTime: z.iso.datetime({ precision: 3 }),
  consistency: z.array(hash).max(MAX_PROOF_HASHES),
  leaseSeconds: z.int().min(1).max(86_400),
  nonce: z.string().max(64),
  requestHash: z.string().max(64),
  signature: base64,
});

/**
 * The log's answer to one head request. `signature` is Ed25519 by the log's key over all other members.
 *
 * - `checkpoint`: signed note of the head, read after the request came in
 * - `logTime`: the later of the last record's `recordedAt` and Postgres's clock, read with that head
 * - `consistency`: base64 hashes, from the request's `appliedSize` to the head
 * - `leaseSeconds`: how long the gateway may answer on it, counted from when it sent the request
 */
export type SignedHead = Readonly<z.output<typeof signedHeadSchema>>;

/** @throws RequestRefusedError if the shape is wrong */
export function parseHeadRequest(request: JsonObject): HeadRequest {
  const parsed = headRequestSchema.safeParse(request);
  if (!parsed.success) throw new RequestRefusedError('MALFORMED_REQUEST', z.prettifyError(parsed.error));
  return parsed.data;
}

/** What a reply names its request by: SHA-256 over its RFC 8785 bytes (without the mac), base64url. */
export function headRequestHash(request: HeadRequest): string {
  return createHash('sha256').update('keyfold head request v1\n').update(canonicalJson(request)).digest('base64url');
}

/** Signs a head. The caller has made sure that the checkpoint may be signed at all. */
export function signHead(head: Omit<SignedHead, 'signature'>, signer: NoteSigner): SignedHead {
  return { ...head, signature: signer.sign(signedBytes(head)).toString('base64') };
}

/**
 * Reads a reply and checks that it is this request's: nonce, request hash and signature. The checkpoint and the proof in it
 * are still to be checked.
 *
 * @throws FeedProblem `BAD_HEAD`
 */
export function openSignedHead(text: string, request: HeadRequest, verifier: NoteVerifier): SignedHead {
  const parsed = signedHeadSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new FeedProblem('BAD_HEAD', 'the reply is no signed head');
  const { signature, ...head } = parsed.data;
  if (head.nonce !== request.nonce) throw new FeedProblem('BAD_HEAD', "the nonce is not this request's");
  if (head.requestHash !== headRequestHash(request)) {
    throw new FeedProblem('BAD_HEAD', 'the head answers another request');
  }
  if (!verifier.verify(signedBytes(head), Buffer.from(signature, 'base64'))) {
    throw new FeedProblem('BAD_HEAD', "the head's signature is wrong");
  }
  return parsed.data;
}

/** What a gateway names the reply it holds by: SHA-256 of its RFC 8785 bytes, base64url. */
export function signedHeadHash(head: SignedHead): string {
  return createHash('sha256').update('keyfold signed head v1\n').update(canonicalJson(head)).digest('base64url');
}

// A note begins with its origin, which has no space in it: no head can pass for a note, nor a note for a head.
function signedBytes(head: Omit<SignedHead, 'signature'>): Buffer {
  return Buffer.from(`keyfold signed head v1\n${canonicalJson(head)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
