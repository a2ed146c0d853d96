import type { SharedKeys } from '@keyfold/domain';
import type { ForkAlarm } from '../fork-alarm.js';
import type { CheckpointSigner } from '../heads/checkpoint-signer.js';
import { feedOpenings } from '../log-message.js';
import type { LogSource, SourceRecord } from '../log-source.js';
import { openRequest, sealReply } from '../feed-message.js';
import { concernedUser, isErasureOf, requiredFields } from './erasure.js';
import { parseRefillRequest, refillReplyBody, type ProvenRecord, type RefillRequest } from './refill-message.js';

// Under the server's default largest message (1 MiB), with room for base64 and the envelope.
const MAX_REPLY_LEAF_BYTES = 400_000;

/** Settings of a {@link RefillService}. */
export interface RefillServiceOptions {
  readonly source: LogSource;
  readonly signer: CheckpointSigner;
  readonly keys: SharedKeys;
  readonly alarm: ForkAlarm;
}

/** Hands out records out of the log itself, whatever the stream has become of. */
export class RefillService {
  constructor(private readonly options: RefillServiceOptions) {}

  /**
   * @param text the request as it came in
   * @returns the reply's text, in the request's form
   * @throws RequestRefusedError if it cannot be answered; LogForkedError on a fork
   */
  async answer(text: string): Promise<string> {
    const { alarm, keys, signer, source } = this.options;
    const opened = openRequest('refill', text, keys);
    const request = parseRefillRequest(opened.body);
    alarm.assertNone();
    const found = withinBytes(await source.readAfter(request.after, request.limit));
    const last = found.at(-1);
    const body = refillReplyBody({
      nonce: request.nonce,
      records: found.map(({ leaf, openings }) => ({ leaf, openings: feedOpenings(openings) })),
      checkpoint: last === undefined ? null : await signer.signCheckpointAt(last.record.position),
      proven: await this.proofsFor(found, request),
    });
    return sealReply(opened, body, keys);
  }

  private async proofsFor(found: readonly SourceRecord[], { headSize }: RefillRequest): Promise<ProvenRecord[]> {
    if (headSize === null) return [];
    const proofs = new Map<number, ProvenRecord>();
    for (const { record, openings } of found) {
      if (requiredFields(record).every((field) => Object.hasOwn(openings, field))) continue;
      for (const reason of await this.reasonsFor(record)) {
        const { position } = reason.record;
        if (position > headSize || proofs.has(position)) continue;
        const proof = await this.options.source.inclusionProof(position - 1, headSize);
        proofs.set(position, { leaf: reason.leaf, position, proof });
      }
    }
    return [...proofs.values()];
  }

  // The erasure of the user concerned and, where the record itself does not name that user, the record that does.
  private async reasonsFor(record: SourceRecord['record']): Promise<SourceRecord[]> {
    const { source } = this.options;
    const owning =
      concernedUser(record) !== null
        ? undefined
        : (await source.readStream(record.stream)).find((other) => concernedUser(other.record) !== null);
    const userId = concernedUser(owning?.record ?? record);
    if (userId === null) return [];
    const erasure = (await source.readStream(`user/${userId}`)).find((other) =>
      isErasureOf(other.record, userId, record),
    );
    return [erasure, owning].filter((reason) => reason !== undefined);
  }
}

function withinBytes(records: readonly SourceRecord[]): SourceRecord[] {
  let bytes = 0;
  const end = records.findIndex(({ leaf, openings }, index) => {
    bytes += leaf.byteLength + JSON.stringify(openings).length;
    return index > 0 && bytes > MAX_REPLY_LEAF_BYTES;
  });
  return end < 0 ? [...records] : records.slice(0, end);
}
