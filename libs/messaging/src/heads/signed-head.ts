import { z } from 'zod';
import { canonicalJson, isSlot, type JsonObject, type NoteSigner, type NoteVerifier } from '@keyfold/domain';
import { FeedProblem, RequestRefusedError } from '../protocol/errors.js';
import type { Protocol, SealedRequest } from '../protocol/feed-message.js';

const hash = z.base64().length(44);

/** The largest number of hashes a consistency proof of any tree can have: two for each bit of a size. */
const MAX_PROOF_HASHES = 128;

/** What names something in a row: a database refuses some characters, and with one request all of its batch. */
const printable = (min: number, max: number): z.ZodString =>
  z
    .string()
    .min(min)
    .max(max)
    .regex(/^[\x21-\x7e]*$/);

const processSchema = z.object({
  slot: z.string().refine(isSlot),
  verifierKey: z.string().max(256),
  version: printable(1, 64).nullable(),
  cosigned: z.string().max(4_096).nullable(),
  release: z.base64().length(88).nullable(),
});

/**
 * What a process with a key of its own says of itself.
 *
 * - `slot`: of its gateway's workers
 * - `verifierKey`: its public key, named `<gatewayId>/<slot>` (C2SP vkey, type 0x04)
 * - `version`: of its build
 * - `cosigned`: the newest checkpoint that its own memory has applied, a note signed by the log and cosigned by this
 *   key; null before the first. It is sent again with each request until there is a newer one, since a request can be
 *   lost
 * - `release`: base64 Ed25519 signature by this key (`signRelease`) that gives back the incarnation's lease: the
 *   process answers nothing any more
 */
export type HeadProcess = Readonly<z.output<typeof processSchema>>;

const headRequestSchema = z.object({
  gatewayId: printable(1, 128),
  incarnation: printable(1, 64),
  nonce: printable(16, 64),
  appliedSize: z.int().nonnegative(),
  appliedRoot: hash,
  checkpoint: z.string().max(16_384).nullable(),
  held: printable(0, 64).nullable(),
  // Absent from peers of older protocols, and never sent in the first form, whose readers refuse further members.
  process: processSchema.optional(),
});

/**
 * What a gateway process asks about once a second and right after applying.
 *
 * - `nonce`: random, of this request alone
 * - `checkpoint`: a signed note that the process knows; the log must extend it
 * - `held`: the nonce of the reply that the process holds its lease by
 * - `process`: with it, the reply is one of a batch (`openBatchReply`), and the lease may be 0
 */
export type HeadRequest = Readonly<Omit<z.output<typeof headRequestSchema>, 'process'>> & {
  readonly process?: HeadProcess;
};

const headMembers = {
  checkpoint: z.string().max(16_384),
  logTime: z.iso.datetime({ precision: 3 }),
  consistency: z.array(hash).max(MAX_PROOF_HASHES),
  leaseSeconds: z.int().min(1).max(86_400),
  nonce: z.string().max(64),
  requestHash: z.string().max(64),
};
const headSchema = z.object(headMembers);
const firstFormSchema = z.strictObject({ ...headMembers, signature: z.base64() });
const replySchema = z.object({ head: z.string(), signature: z.base64() });

/**
 * The log's answer to one head request. It is signed by the log's key (Ed25519): in the first form over the RFC 8785
 * bytes of these members, in the second over the very text that is sent.
 *
 * - `checkpoint`: signed note of the head, read after the request came in
 * - `logTime`: the log time of that moment, never earlier than the last record's
 * - `consistency`: base64 hashes, from the request's `appliedSize` to the head
 * - `leaseSeconds`: how long the gateway may answer on it, counted from when it sent the request
 * - `nonce`, `requestHash`: of the request
 */
export type SignedHead = Readonly<z.output<typeof headSchema>>;

/** @throws RequestRefusedError if the shape is wrong */
export function parseHeadRequest(request: JsonObject): HeadRequest {
  const parsed = headRequestSchema.safeParse(request);
  if (!parsed.success) throw new RequestRefusedError('MALFORMED_REQUEST', z.prettifyError(parsed.error));
  const { process, ...others } = parsed.data;
  return process === undefined ? others : { ...others, process };
}

/** Signs a head and makes the reply's body of it. The caller has made sure that the checkpoint may be signed at all. */
export function signHead(head: SignedHead, protocol: Protocol, signer: NoteSigner): JsonObject {
  const text = protocol === 1 ? canonicalJson(head) : JSON.stringify(head);
  const signature = signer.sign(signedBytes(protocol, text)).toString('base64');
  return protocol === 1 ? { ...head, signature } : { head: text, signature };
}

/**
 * Reads a reply's body and checks that it is this request's: nonce, request hash and signature. The checkpoint and the
 * proof in it are still to be checked.
 *
 * @throws FeedProblem `BAD_HEAD`
 */
export function openSignedHead(
  body: unknown,
  { nonce, sealed }: { readonly nonce: string; readonly sealed: SealedRequest },
  verifier: NoteVerifier,
): SignedHead {
  const { protocol } = sealed;
  const { signature, text } = protocol === 1 ? signedInFirstForm(body) : signedInReply(body);
  if (!verifier.verify(signedBytes(protocol, text), Buffer.from(signature, 'base64'))) {
    throw new FeedProblem('BAD_HEAD', "the head's signature is wrong");
  }
  const parsed = headSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw noHead();
  const head = parsed.data;
  if (head.nonce !== nonce) throw new FeedProblem('BAD_HEAD', "the nonce is not this request's");
  if (head.requestHash !== sealed.hash) throw new FeedProblem('BAD_HEAD', 'the head answers another request');
  return head;
}

function signedInFirstForm(body: unknown): { text: string; signature: string } {
  const parsed = firstFormSchema.safeParse(body);
  if (!parsed.success) throw noHead();
  const { signature, ...head } = parsed.data;
  return { text: canonicalJson(head), signature };
}

function signedInReply(body: unknown): { text: string; signature: string } {
  const parsed = replySchema.safeParse(body);
  // A lone surrogate has no bytes of its own: two texts would have the same signature.
  if (!parsed.success || !parsed.data.head.isWellFormed()) throw noHead();
  return { text: parsed.data.head, signature: parsed.data.signature };
}

function noHead(): FeedProblem {
  return new FeedProblem('BAD_HEAD', 'the reply is no signed head');
}

// A note begins with its origin, which has no space in it: no head can pass for a note, nor a note for a head.
function signedBytes(protocol: Protocol, text: string): Buffer {
  return Buffer.from(`keyfold signed head v${protocol}\n${text}`);
}
