import { z } from 'zod';
import {
  decodeLeaf,
  leafHash,
  LOG_ORIGIN_STREAM,
  type NoteVerifier,
  openCheckpoint,
  originAfter,
  type OriginSuccession,
  readLogEvent,
  verifierNamed,
  verifyInclusion,
} from '@keyfold/domain';
import type { LogSource } from '../ports/log-source.js';
import { FeedProblem } from '../protocol/errors.js';
import { base64Of } from './asked-streams.js';

/** Acknowledged forks in the life of a log: somebody has looked into each of them. */
const MAX_FORKS = 100;

export const provenOriginsSchema = z.object({
  checkpoint: z.string().max(16_384),
  records: z.array(z.object({ leaf: z.base64(), proof: z.array(z.base64().length(44)).max(64) })).max(MAX_FORKS),
});

/** The records of a log's acknowledged forks, in order, proven in the tree of a checkpoint under its present origin. */
export interface ProvenOrigins {
  readonly checkpoint: string;
  readonly records: readonly { readonly leaf: Uint8Array; readonly proof: readonly Uint8Array[] }[];
}

/** As a reply's body has it. */
export function provenOriginsBody({ checkpoint, records }: ProvenOrigins): object {
  return {
    checkpoint,
    records: records.map(({ leaf, proof }) => ({ leaf: base64Of(leaf), proof: proof.map(base64Of) })),
  };
}

export function readProvenOrigins({ checkpoint, records }: z.output<typeof provenOriginsSchema>): ProvenOrigins {
  return {
    checkpoint,
    records: records.map(({ leaf, proof }) => ({
      leaf: Buffer.from(leaf, 'base64'),
      proof: proof.map((node) => Buffer.from(node, 'base64')),
    })),
  };
}

/** @param current signs the head, and says its size */
export async function proveOrigins(
  source: Pick<LogSource, 'inclusionProofs' | 'readStreams'>,
  current: () => Promise<{ readonly checkpoint: string; readonly size: number }>,
): Promise<ProvenOrigins> {
  const { records } = await source.readStreams([{ stream: LOG_ORIGIN_STREAM, after: 0 }]);
  const { checkpoint, size } = await current();
  const newest = records.slice(-MAX_FORKS);
  const proofs = await source.inclusionProofs(
    newest.map(({ record }) => record.position - 1),
    size,
  );
  return { checkpoint, records: newest.map(({ leaf }, nth) => ({ leaf, proof: proofs[nth] ?? [] })) };
}

/**
 * Under which origin the log goes on that `known` is the key of. The checkpoint is by the same key, the forks between
 * the two origins are records of its tree: so nobody but the log's key can lead anybody elsewhere, and never back.
 *
 * @returns null if it goes on under the one that is known
 * @throws FeedProblem `BAD_REPLY` if that is not proven
 */
export function successorOf(known: NoteVerifier, { checkpoint, records }: ProvenOrigins): NoteVerifier | null {
  const origin = checkpoint.slice(0, checkpoint.indexOf('\n'));
  if (origin === known.name) return null;
  try {
    const verifier = verifierNamed(known, origin);
    const tree = openCheckpoint(checkpoint, verifier);
    // In the log's order, whatever the reply's is.
    const proven = records.map(({ leaf, proof }) => successionIn(tree, leaf, proof));
    const successions = proven.sort((left, right) => left.at - right.at).map(({ succession }) => succession);
    if (originAfter(known.name, successions) !== origin) throw new Error('no acknowledged fork leads there');
    return verifier;
  } catch (error) {
    if (error instanceof FeedProblem) throw error;
    throw new FeedProblem('BAD_REPLY', 'that the log has another origin now is not proven', { cause: error });
  }
}

function successionIn(
  { root, size }: { readonly root: Buffer; readonly size: number },
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): { readonly at: number; readonly succession: OriginSuccession } {
  const record = decodeLeaf(leaf);
  const claim = { leafHash: leafHash(leaf), leafIndex: record.position - 1, treeSize: size, proof, root };
  if (record.position > size || !verifyInclusion(claim)) throw new Error('a fork is not in the tree');
  const read = readLogEvent(record);
  if (read.kind !== 'event' || read.event.type !== 'ForkAcknowledged') throw new Error('a record is of no fork');
  return { at: record.position, succession: read.event.data };
}
