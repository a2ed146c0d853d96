import type { SharedKeys } from '@keyfold/domain';
import type { ForkAlarm } from '../fork/fork-alarm.js';
import type { CheckpointSigner } from '../heads/checkpoint-signer.js';
import type { LogSource, SourceRecord } from '../ports/log-source.js';
import { type OpenedRequest, openRequest, sealReply } from '../protocol/feed-message.js';
import { feedOpenings } from '../protocol/log-message.js';
import type { ProvenRecord } from '../verify/erasure.js';
import type { AskedStreams } from './asked-streams.js';
import { ErasureReasons } from './erasure-reasons.js';
import { proveOrigins } from './proven-origins.js';
import { bytesOfProof, bytesOfRecord } from './refill-limits.js';
import { parseRefillRequest, type RefillReply, refillReplyBody, type RefillRequest } from './refill-message.js';
import { StreamProver } from './stream-prover.js';

/** What both ways carry unless they say otherwise: the broker's default largest message, in bytes. */
const DEFAULT_MAX_REPLY_BYTES = 1_048_576;
/** Read and proven at once: so much is in memory beyond what fits into the reply. */
const BATCH_RECORDS = 100;
/** For the envelope, the checkpoint and the members' names. */
const OVERHEAD_BYTES = 20_000;

/** Settings of a {@link RefillService}. */
export interface RefillServiceOptions {
  readonly source: LogSource;
  readonly signer: CheckpointSigner;
  readonly keys: SharedKeys;
  readonly alarm: ForkAlarm;
}

/** Hands out records out of the log itself, whatever the stream has become of. */
export class RefillService {
  private readonly streams: StreamProver;

  constructor(private readonly options: RefillServiceOptions) {
    this.streams = new StreamProver(options.source, options.signer);
  }

  /**
   * @param text the request as it came in
   * @param maxReplyBytes what the way of the request carries
   * @returns the reply's text, in the request's form: as many records as fit, at least one
   * @throws RequestRefusedError if it cannot be answered; LogForkedError on a fork; Error if not even one record fits
   */
  async answer(text: string, maxReplyBytes = DEFAULT_MAX_REPLY_BYTES): Promise<string> {
    const { alarm, keys } = this.options;
    const opened = openRequest('refill', text, keys);
    const request = parseRefillRequest(opened.body);
    alarm.assertNone();
    const { origins, streams } = request;
    if (origins === true) return this.answerOrigins(opened, request);
    if (streams !== undefined) return this.answerStreams(opened, { ...request, streams }, maxReplyBytes);
    const found = await this.gather(request, maxReplyBytes - OVERHEAD_BYTES);
    // What was gathered was counted roughly; the reply is what has to fit.
    for (let count = found.length; ; count = Math.floor(count / 2)) {
      const reply = sealReply(opened, refillReplyBody(await this.replyOf(request, found.slice(0, count))), keys);
      const bytes = Buffer.byteLength(reply);
      if (bytes <= maxReplyBytes) return reply;
      if (count <= 1)
        throw new Error(
          `the refill of record ${request.after + 1} takes ${bytes} bytes, and the way of the request carries ${maxReplyBytes}`,
        );
    }
  }

  private async answerOrigins(opened: OpenedRequest, { nonce }: RefillRequest): Promise<string> {
    const { keys, signer, source } = this.options;
    const origins = await proveOrigins(source, () => signer.currentState());
    const reply = { nonce, records: [], checkpoint: null, proven: [], streams: null, origins };
    return sealReply(opened, refillReplyBody(reply), keys);
  }

  private async answerStreams(
    opened: OpenedRequest,
    request: RefillRequest & { readonly streams: AskedStreams },
    maxReplyBytes: number,
  ): Promise<string> {
    // Counted roughly: half of what may be sent leaves room for texts that JSON escapes.
    const { proven, streams } = await this.streams.prove(request.streams, request, maxReplyBytes / 2);
    const reply = { nonce: request.nonce, records: [], checkpoint: null, proven, streams, origins: null };
    return sealReply(opened, refillReplyBody(reply), this.options.keys);
  }

  private async replyOf({ after, nonce }: RefillRequest, found: readonly Found[]): Promise<RefillReply> {
    const { signer } = this.options;
    return {
      nonce,
      records: found.map(({ stored: { leaf, openings } }) => ({ leaf, openings: feedOpenings(openings) })),
      checkpoint: found.length === 0 ? null : await signer.signCheckpointAt(after + found.length),
      proven: [...new Set(found.flatMap(({ reasons }) => reasons))],
      streams: null,
      origins: null,
    };
  }

  private async gather({ after, headSize, limit }: RefillRequest, maxBytes: number): Promise<Found[]> {
    const { source } = this.options;
    const erasures = new ErasureReasons(source, headSize);
    const counted = new Set<ProvenRecord>();
    const found: Found[] = [];
    for (let bytes = 0; found.length < limit;) {
      const wanted = Math.min(BATCH_RECORDS, limit - found.length);
      const batch = await source.readAfter(after + found.length, wanted);
      const reasonsOf = await erasures.of(batch);
      for (const stored of batch) {
        const reasons = reasonsOf(stored);
        const added = reasons.filter((reason) => !counted.has(reason));
        bytes += added.reduce((sum, reason) => sum + bytesOfProof(reason), bytesOfRecord(stored));
        if (bytes > maxBytes && found.length > 0) return found;
        added.forEach((reason) => counted.add(reason));
        found.push({ stored, reasons });
      }
      if (batch.length < wanted) break;
    }
    return found;
  }
}

interface Found {
  readonly stored: SourceRecord;
  readonly reasons: readonly ProvenRecord[];
}
