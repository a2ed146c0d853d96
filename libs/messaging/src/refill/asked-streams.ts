import { z } from 'zod';
import { type NoteSigner, type NoteVerifier, type Opening } from '@keyfold/domain';
import { FeedProblem } from '../protocol/errors.js';
import { openingsOf } from '../protocol/log-message.js';
import { MAX_REFILL_RECORDS } from './refill-limits.js';

/** Most streams in one question. */
export const MAX_ASKED_STREAMS = 256;
/** Most names that a reply has of streams near a position. */
export const MAX_NEAR_STREAMS = 32;

const streamName = z.string().min(1).max(256);
const hash = z.base64().length(44);

/**
 * Asks what the log has of some streams, as of a size.
 *
 * - `asOf`: the log's first records, of which the streams are taken
 * - `tails`: each stream from the version behind `after` on
 * - `near`: the reply names streams of records from this position on; null if none are wanted
 */
export const askedStreamsSchema = z.object({
  asOf: z.int().nonnegative(),
  tails: z.array(z.object({ stream: streamName, after: z.int().nonnegative() })).max(MAX_ASKED_STREAMS),
  near: z.int().positive().nullable(),
});
export type AskedStreams = Readonly<z.output<typeof askedStreamsSchema>>;

export const provenStreamsSchema = z.object({
  statement: z.string().max(262_144),
  signature: z.base64().max(128),
  records: z
    .array(z.object({ leaf: z.base64(), openings: z.unknown(), proof: z.array(hash).max(64) }))
    .max(MAX_REFILL_RECORDS),
  near: z.array(z.string().max(256)).max(MAX_NEAR_STREAMS),
});

/** A record with its inclusion proof in the tree of the head that the asker knows. */
export interface ProvenStreamRecord {
  readonly leaf: Uint8Array;
  readonly openings: Readonly<Record<string, Opening>>;
  readonly proof: readonly Uint8Array[];
}

/**
 * - `statement`, `signature`: which version each stream has, signed by the log's key: without it, whoever knows the
 *   shared secret could keep the newest records back, and make an older state of a key pass for the log's
 * - `records`: by stream and version; fewer than the statement says where they would not fit
 * - `near`: names of streams, which prove nothing
 */
export interface ProvenStreams {
  readonly statement: string;
  readonly signature: Uint8Array;
  readonly records: readonly ProvenStreamRecord[];
  readonly near: readonly string[];
}

const statementSchema = z.object({
  nonce: z.string().max(64),
  asOf: z.int().nonnegative(),
  head: z.object({ size: z.int().nonnegative(), root: hash }),
  versions: z.array(z.tuple([streamName, z.int().nonnegative()])).max(MAX_ASKED_STREAMS),
});

/**
 * What the log's key says of streams: the version that each has among the first `asOf` records, 0 for none, in the log
 * whose first `head.size` records have that root.
 */
export type StreamsStatement = Readonly<z.output<typeof statementSchema>>;

/** Writes a statement down and signs it. */
export function signStreams(
  statement: StreamsStatement,
  signer: NoteSigner,
): Pick<ProvenStreams, 'statement' | 'signature'> {
  const text = JSON.stringify(statement);
  return { statement: text, signature: signer.sign(signedBytes(text)) };
}

/** @throws FeedProblem `BAD_REPLY` if the log's key has not signed it */
export function openStreams(
  { signature, statement }: Pick<ProvenStreams, 'statement' | 'signature'>,
  verifier: NoteVerifier,
): StreamsStatement {
  // A lone surrogate has no bytes of its own: two texts would have the same signature.
  if (!statement.isWellFormed() || !verifier.verify(signedBytes(statement), signature))
    throw new FeedProblem('BAD_REPLY', 'what the reply says of streams is not signed by the log');
  const parsed = statementSchema.safeParse(JSON.parse(statement));
  if (!parsed.success) throw new FeedProblem('BAD_REPLY', 'the reply is no statement about streams');
  return parsed.data;
}

/** As a reply's body has it. */
export function provenStreamsBody({ near, records, signature, statement }: ProvenStreams): object {
  return {
    statement,
    signature: base64Of(signature),
    records: records.map(({ leaf, openings, proof }) => ({
      leaf: base64Of(leaf),
      openings,
      proof: proof.map(base64Of),
    })),
    near: [...near],
  };
}

/** @throws FeedProblem `BAD_REPLY` if openings are malformed */
export function readProvenStreams(body: z.output<typeof provenStreamsSchema>): ProvenStreams {
  return {
    statement: body.statement,
    signature: Buffer.from(body.signature, 'base64'),
    records: body.records.map(({ leaf, openings, proof }) => ({
      leaf: Buffer.from(leaf, 'base64'),
      openings: readOpenings(openings),
      proof: proof.map((node) => Buffer.from(node, 'base64')),
    })),
    near: body.near,
  };
}

/** @throws FeedProblem `BAD_REPLY` */
export function readOpenings(value: unknown): Record<string, Opening> {
  const openings = openingsOf(value);
  if (openings === null) throw new FeedProblem('BAD_REPLY', 'the openings of a record in the reply are malformed');
  return openings;
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

// Domain separation: a note begins with its origin, and a head with a line of its own, so no signature of one of the
// three is valid for another.
function signedBytes(text: string): Buffer {
  return Buffer.from(`keyfold signed streams v1\n${text}`);
}
