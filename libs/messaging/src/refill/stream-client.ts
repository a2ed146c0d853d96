import { randomBytes } from 'node:crypto';
import { decodeLeaf, leafHash, type NoteVerifier, type SharedKeys, verifyInclusion } from '@keyfold/domain';
import type { TreeState } from '../ports/log-source.js';
import { FeedProblem } from '../protocol/errors.js';
import { openReply, sealRequest } from '../protocol/feed-message.js';
import type { AdminRequester } from '../transport/admin-requester.js';
import { ErasureProofs } from '../verify/erasure.js';
import type { VerifiedRecord } from '../verify/verified-batch.js';
import { verifyEntry } from '../verify/verify-segment.js';
import {
  type AskedStreams,
  MAX_ASKED_STREAMS,
  openStreams,
  type ProvenStreamRecord,
  type ProvenStreams,
} from './asked-streams.js';
import { parseRefillReply, type RefillRequest } from './refill-message.js';

/** Settings of a {@link StreamClient}. */
export interface StreamClientOptions {
  readonly requester: Pick<AdminRequester, 'ask'>;
  readonly verifier: NoteVerifier;
  readonly keys: SharedKeys;
  readonly gatewayId: string;
  readonly incarnation: string;
}

/** What is asked of the log. */
export interface StreamQuestion {
  /** Of the four categories that gateways interpret. At most {@link MAX_ASKED_STREAMS}. */
  readonly streams: readonly string[];
  /** As of its first records. */
  readonly asOf: number;
  /** A head that has been verified, of that size or larger: records are proven in its tree. */
  readonly head: TreeState;
  /** Names of streams from this position on are wanted as well. */
  readonly near?: number;
}

/** What the log has of the streams that were asked for. */
export interface StreamAnswer {
  /** All of each stream's records, in order; none for a stream that the log does not have. */
  readonly records: ReadonlyMap<string, readonly VerifiedRecord[]>;
  /** Names that the admin-service gave, and that prove nothing. */
  readonly near: readonly string[];
}

/**
 * An answer to several questions needs so many, or something is wrong: each brings 500 records, or what fits into a
 * message.
 */
const MAX_QUESTIONS = 2_000;

/** Asks the admin-service what the log has of single streams, and verifies that it is that, and all of it. */
export class StreamClient {
  constructor(private readonly options: StreamClientOptions) {}

  /**
   * @returns null if the admin-service is of a version that answers no such questions
   * @throws FeedProblem if nothing comes, or what comes does not verify; OpeningProblem if an opening is missing
   *   without a proof of the erasure
   */
  async ask({ asOf, head, near, streams }: StreamQuestion): Promise<StreamAnswer | null> {
    if (streams.length > MAX_ASKED_STREAMS) throw new RangeError(`more than ${MAX_ASKED_STREAMS} streams`);
    const records = new Map<string, VerifiedRecord[]>(streams.map((stream) => [stream, []]));
    let names: readonly string[] = [];
    let open = [...new Set(streams)];
    for (let asked = 0; asked === 0 || open.length > 0; asked++) {
      if (asked > MAX_QUESTIONS)
        throw new FeedProblem('BAD_REPLY', 'the records of these streams do not come to an end');
      const tails = open.map((stream) => ({ stream, after: records.get(stream)?.length ?? 0 }));
      const part = await this.askOnce({ asOf, tails, near: asked === 0 ? (near ?? null) : null }, { head, records });
      if (part === null) return null;
      if (asked === 0) names = part.near;
      open = part.open;
    }
    return { records, near: names };
  }

  private askOnce(
    asked: AskedStreams,
    known: { readonly head: TreeState; readonly records: Map<string, VerifiedRecord[]> },
  ): Promise<{ open: string[]; near: readonly string[] } | null> {
    const { gatewayId, incarnation, keys, requester } = this.options;
    return requester.ask('refill', (protocol) => {
      // Readers of the first form know no further members.
      if (protocol === 1) throw new FeedProblem('ADMIN_UNREACHABLE', 'the admin-service answers no such question');
      const nonce = randomBytes(18).toString('base64url');
      const request: RefillRequest = {
        gatewayId,
        incarnation,
        nonce,
        after: Math.max(0, asked.asOf - 1),
        limit: 1,
        headSize: known.head.size,
        streams: { ...asked, tails: [...asked.tails] },
      };
      const sealed = sealRequest('refill', request, { protocol, keys });
      return {
        text: sealed.text,
        accept: (text) => {
          const { proven, streams } = parseRefillReply(openReply(sealed, text, keys), nonce);
          if (streams === null) return null;
          const open = this.take({ asked, nonce, streams }, ErasureProofs.verify(proven, known.head), known);
          return { open, near: streams.near };
        },
      };
    });
  }

  /** @returns the streams of which records are still to come */
  private take(
    {
      asked,
      nonce,
      streams,
    }: { readonly asked: AskedStreams; readonly nonce: string; readonly streams: ProvenStreams },
    erasures: ErasureProofs,
    { head, records }: { readonly head: TreeState; readonly records: Map<string, VerifiedRecord[]> },
  ): string[] {
    const statement = openStreams(streams, this.options.verifier);
    const isOurs =
      statement.nonce === nonce &&
      statement.asOf === asked.asOf &&
      statement.head.size === head.size &&
      statement.head.root === head.root.toString('base64');
    if (!isOurs) throw new FeedProblem('BAD_REPLY', 'the log has signed this of another question');
    // Nothing of a reply is kept before all of it has been checked.
    const taken = new Map(asked.tails.map(({ stream }) => [stream, [...(records.get(stream) ?? [])]]));
    for (const proven of streams.records) {
      const verified = verifiedIn(head, proven, erasures);
      appendTo(taken, verified, asked.asOf);
    }
    const open = openOf(new Map(statement.versions), taken);
    if (open.length > 0 && streams.records.length === 0)
      throw new FeedProblem('BAD_REPLY', 'the log has more of these streams than the reply brings');
    for (const [stream, of] of taken) records.set(stream, of);
    return open;
  }
}

function verifiedIn(head: TreeState, proven: ProvenStreamRecord, erasures: ErasureProofs): VerifiedRecord {
  const { leaf, openings, proof } = proven;
  const { position } = decodeLeaf(leaf);
  const isIncluded =
    position <= head.size &&
    verifyInclusion({ leafHash: leafHash(leaf), leafIndex: position - 1, treeSize: head.size, proof, root: head.root });
  if (!isIncluded) throw new FeedProblem('BAD_REPLY', `the inclusion of record ${position} is not proven`);
  return verifyEntry({ position, leaf, openings, checkpoint: null }, position, erasures);
}

function appendTo(taken: ReadonlyMap<string, VerifiedRecord[]>, verified: VerifiedRecord, asOf: number): void {
  const { position, stream, version } = verified.record;
  const before = taken.get(stream);
  if (before?.length !== version - 1 || position > asOf)
    throw new FeedProblem('BAD_REPLY', `record ${position} was not asked for, or comes out of order`);
  before.push(verified);
}

function openOf(
  versions: ReadonlyMap<string, number>,
  taken: ReadonlyMap<string, readonly VerifiedRecord[]>,
): string[] {
  const open: string[] = [];
  for (const [stream, records] of taken) {
    const version = versions.get(stream);
    if (version === undefined || version < records.length)
      throw new FeedProblem('BAD_REPLY', `what the log has signed of ${stream} does not fit its records`);
    if (version > records.length) open.push(stream);
  }
  return open;
}
