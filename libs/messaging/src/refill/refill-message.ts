import { z } from 'zod';
import type { JsonObject, Opening } from '@keyfold/domain';
import { FeedProblem, RequestRefusedError } from '../protocol/errors.js';
import type { ProvenRecord } from '../verify/erasure.js';
import {
  type AskedStreams,
  askedStreamsSchema,
  base64Of,
  type ProvenStreams,
  provenStreamsBody,
  provenStreamsSchema,
  readOpenings,
  readProvenStreams,
} from './asked-streams.js';
import { type ProvenOrigins, provenOriginsBody, provenOriginsSchema, readProvenOrigins } from './proven-origins.js';
import { MAX_REFILL_RECORDS } from './refill-limits.js';

const refillRequestSchema = z.object({
  gatewayId: z.string().min(1).max(128),
  incarnation: z.string().min(1).max(64),
  nonce: z.string().min(16).max(64),
  after: z.int().nonnegative(),
  limit: z.int().min(1).max(MAX_REFILL_RECORDS),
  headSize: z.int().nonnegative().nullable(),
  streams: askedStreamsSchema.optional(),
  origins: z.literal(true).optional(),
});

/**
 * Asks for the records after a position, at most `limit`. `headSize` is the size of the head that the gateway has
 * verified: proofs of erasures are made in that tree. Travels with an HMAC, since the answer holds openings.
 *
 * With `streams` it asks for these instead, with `origins` for the forks that were acknowledged. An older admin-service
 * passes over these members and answers what it knows.
 */
export type RefillRequest = Readonly<Omit<z.output<typeof refillRequestSchema>, 'streams' | 'origins'>> & {
  readonly streams?: AskedStreams;
  readonly origins?: true;
};

const hash = z.base64().length(44);
const refillReplySchema = z.object({
  nonce: z.string().max(64),
  records: z.array(z.object({ leaf: z.base64(), openings: z.unknown() })).max(MAX_REFILL_RECORDS),
  checkpoint: z.string().max(16_384).nullable(),
  proven: z.array(z.object({ leaf: z.base64(), position: z.int().positive(), proof: z.array(hash).max(64) })),
  streams: provenStreamsSchema.optional(),
  origins: provenOriginsSchema.optional(),
});

/** A record as a refill carries it. */
export interface RefillRecord {
  readonly leaf: Uint8Array;
  readonly openings: Readonly<Record<string, Opening>>;
}

/**
 * - `checkpoint`: signed note of exactly the size `after + records.length`; null if there are no records
 * - `proven`: the records that prove why openings are missing: erasures, and who owns the keys concerned
 */
export interface RefillReply {
  readonly nonce: string;
  readonly records: readonly RefillRecord[];
  readonly checkpoint: string | null;
  readonly proven: readonly ProvenRecord[];
  /** What was asked of streams; null for records after a position, and from an older admin-service. */
  readonly streams: ProvenStreams | null;
  /** The forks that were acknowledged; null where nobody asked, and from an older admin-service. */
  readonly origins: ProvenOrigins | null;
}

/** @throws RequestRefusedError if the shape is wrong */
export function parseRefillRequest(request: JsonObject): RefillRequest {
  const parsed = refillRequestSchema.safeParse(request);
  if (!parsed.success) throw new RequestRefusedError('MALFORMED_REQUEST', z.prettifyError(parsed.error));
  const { origins, streams, ...others } = parsed.data;
  return {
    ...others,
    ...(streams === undefined ? {} : { streams }),
    ...(origins === undefined ? {} : { origins }),
  };
}

/** The body of a refill's reply. */
export function refillReplyBody(reply: RefillReply): object {
  return {
    nonce: reply.nonce,
    records: reply.records.map(({ leaf, openings }) => ({ leaf: base64Of(leaf), openings })),
    checkpoint: reply.checkpoint,
    proven: reply.proven.map(({ leaf, position, proof }) => ({
      leaf: base64Of(leaf),
      position,
      proof: proof.map(base64Of),
    })),
    ...(reply.streams === null ? {} : { streams: provenStreamsBody(reply.streams) }),
    ...(reply.origins === null ? {} : { origins: provenOriginsBody(reply.origins) }),
  };
}

/**
 * Parses a reply's body. Checks only its shape and that it names this request's nonce.
 *
 * @throws FeedProblem `BAD_REPLY`
 */
export function parseRefillReply(body: unknown, nonce: string): RefillReply {
  const parsed = refillReplySchema.safeParse(body);
  if (!parsed.success) throw new FeedProblem('BAD_REPLY', 'the reply is no refill');
  const reply = parsed.data;
  if (reply.nonce !== nonce) throw new FeedProblem('BAD_REPLY', "the nonce is not this request's");
  return {
    nonce,
    records: reply.records.map(({ leaf, openings }) => ({
      leaf: Buffer.from(leaf, 'base64'),
      openings: readOpenings(openings),
    })),
    checkpoint: reply.checkpoint,
    proven: reply.proven.map(({ leaf, position, proof }) => ({
      leaf: Buffer.from(leaf, 'base64'),
      position,
      proof: proof.map((node) => Buffer.from(node, 'base64')),
    })),
    streams: reply.streams === undefined ? null : readProvenStreams(reply.streams),
    origins: reply.origins === undefined ? null : readProvenOrigins(reply.origins),
  };
}
