import type { CheckpointSigner } from '../heads/checkpoint-signer.js';
import type { LogSource, SourceRecord } from '../ports/log-source.js';
import { RequestRefusedError } from '../protocol/errors.js';
import { feedOpenings } from '../protocol/log-message.js';
import { categoryOf, FEED_CATEGORIES } from '../protocol/names.js';
import type { ProvenRecord } from '../verify/erasure.js';
import { type AskedStreams, MAX_NEAR_STREAMS, type ProvenStreams, signStreams } from './asked-streams.js';
import { ErasureReasons } from './erasure-reasons.js';
import { bytesOfProof, bytesOfRecord, MAX_REFILL_RECORDS } from './refill-limits.js';

/** What the reply to a question about streams says. */
export interface ProvenAnswer {
  readonly streams: ProvenStreams;
  /** Why openings are missing. */
  readonly proven: readonly ProvenRecord[];
}

/** Proves to gateways what the log has of single streams, so that they can hold their rows against it. */
export class StreamProver {
  constructor(
    private readonly source: LogSource,
    private readonly signer: CheckpointSigner,
  ) {}

  /**
   * @param request.headSize of the head that the asker has verified; records are proven in its tree
   * @param maxBytes what the reply may take; at least one record is in it
   * @throws RequestRefusedError `AHEAD_OF_LOG` if this log does not hold that head
   */
  async prove(
    asked: AskedStreams,
    { headSize, nonce }: { readonly headSize: number | null; readonly nonce: string },
    maxBytes: number,
  ): Promise<ProvenAnswer> {
    const { source } = this;
    const size = await this.requireHead(asked, headSize);
    const root = this.signer.known.rootAt(size) ?? (await source.rootAt(size));
    const names = asked.tails.map(({ stream }) => stream);
    const versions = await source.streamVersions(names, asked.asOf);
    const found = await source.readStreamParts(asked.tails, { through: asked.asOf, limit: MAX_REFILL_RECORDS });
    const { proven, records } = await this.thatFit(found, size, maxBytes);
    const proofs = await source.inclusionProofs(
      records.map(({ record }) => record.position - 1),
      size,
    );
    const statement = {
      nonce,
      asOf: asked.asOf,
      head: { size, root: root.toString('base64') },
      versions: names.map((name): [string, number] => [name, versions.get(name) ?? 0]),
    };
    const streams: ProvenStreams = {
      ...signStreams(statement, this.signer.signer),
      records: records.map(({ leaf, openings }, nth) => ({
        leaf,
        openings: feedOpenings(openings),
        proof: proofs[nth] ?? [],
      })),
      near: asked.near === null ? [] : await this.streamsFrom(asked.near),
    };
    return { streams, proven };
  }

  private async requireHead({ asOf }: AskedStreams, headSize: number | null): Promise<number> {
    const { size } = await this.source.head();
    if (headSize === null || headSize > size || asOf > headSize)
      throw new RequestRefusedError('AHEAD_OF_LOG', `streams as of ${asOf}, in a head of ${headSize ?? 0} records`);
    return headSize;
  }

  private async thatFit(
    found: readonly SourceRecord[],
    headSize: number,
    maxBytes: number,
  ): Promise<{ records: readonly SourceRecord[]; proven: readonly ProvenRecord[] }> {
    const reasonsOf = await new ErasureReasons(this.source, headSize).of(found);
    const proven = new Set<ProvenRecord>();
    let bytes = 0;
    for (const [nth, stored] of found.entries()) {
      const reasons = reasonsOf(stored);
      const added = reasons.filter((reason) => !proven.has(reason));
      bytes += bytesOfRecord(stored) + PROOF_BYTES + added.reduce((sum, reason) => sum + bytesOfProof(reason), 0);
      if (bytes > maxBytes && nth > 0) return { records: found.slice(0, nth), proven: [...proven] };
      added.forEach((reason) => proven.add(reason));
    }
    return { records: found, proven: [...proven] };
  }

  private async streamsFrom(position: number): Promise<string[]> {
    const records = await this.source.readAfter(position - 1, MAX_NEAR_STREAMS);
    const names = records.map(({ record }) => record.stream).filter((name) => FEED_CATEGORIES.has(categoryOf(name)));
    return [...new Set(names)];
  }
}

/** An inclusion proof in a log of a billion records, as JSON in JSON. */
const PROOF_BYTES = 30 * 49;
