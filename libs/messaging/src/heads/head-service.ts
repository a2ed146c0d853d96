import { openCheckpoint, type NoteVerifier, type SharedKeys } from '@keyfold/domain';
import { LogForkedError, RequestRefusedError } from '../errors.js';
import type { ForkAlarm } from '../fork-alarm.js';
import type { LogSource } from '../log-source.js';
import { openRequest, sealReply } from '../feed-message.js';
import type { CheckpointSigner, TreeState } from './checkpoint-signer.js';
import { parseHeadRequest, signHead, type HeadRequest } from './signed-head.js';

/** Settings of a {@link HeadService}. */
export interface HeadServiceOptions {
  readonly source: LogSource;
  readonly signer: CheckpointSigner;
  readonly verifier: NoteVerifier;
  readonly keys: SharedKeys;
  readonly alarm: ForkAlarm;
  /** The lease that a reply grants, in seconds, as the settings say at this moment. Read before the head is. */
  readonly leaseSeconds: (request: HeadRequest) => Promise<number>;
}

/** Answers head requests, whatever they came over. A head is never signed from a cache. */
export class HeadService {
  constructor(private readonly options: HeadServiceOptions) {}

  /**
   * @param text the request as it came in
   * @returns the reply's text, in the request's form
   * @throws RequestRefusedError if it cannot be answered; LogForkedError on a fork
   */
  async answer(text: string): Promise<string> {
    const { alarm, keys, leaseSeconds, signer, source } = this.options;
    const opened = openRequest('head', text, keys);
    const request = parseHeadRequest(opened.body);
    alarm.assertNone();
    // The lease first, the head afterwards: in the other order a write could be confirmed in between, and the gateway
    // would hold a lease on a head from before it.
    const lease = await leaseSeconds(request);
    const head = await source.head();
    await this.requireOwnPast(request, head);
    const checkpoint = await signer.sign(head);
    const consistency = await source.consistencyProof(request.appliedSize, head.size);
    await source.boundLogTime(head.logTime);
    const answer = {
      checkpoint,
      logTime: head.logTime,
      consistency: consistency.map((hash) => hash.toString('base64')),
      leaseSeconds: lease,
      nonce: request.nonce,
      requestHash: opened.hash,
    };
    return sealReply(opened, signHead(answer, opened.protocol, signer.signer), keys);
  }

  // A checkpoint with this log's signature that the log does not extend is the proof of a fork; a mere claim is not, since
  // whoever holds the shared secret could make one and stop the log with it.
  private async requireOwnPast(request: HeadRequest, head: TreeState): Promise<void> {
    const { size: headSize } = head;
    const known = request.checkpoint === null ? null : this.openOwn(request.checkpoint);
    if (known !== null && (known.size > headSize || !(await this.rootAt(known.size, head)).equals(known.root))) {
      throw this.options.alarm.raise({
        noticedBy: 'gateway',
        detail: `gateway ${request.gatewayId} holds a signed checkpoint of size ${known.size} that the log at size ${headSize} does not extend`,
        firstDifferingPosition: known.size > headSize ? headSize + 1 : null,
      });
    }
    if (request.appliedSize > headSize) {
      throw new RequestRefusedError('AHEAD_OF_LOG', `the gateway says ${request.appliedSize}, the log has ${headSize}`);
    }
  }

  private async rootAt(size: number, head: TreeState): Promise<Buffer> {
    return size === head.size ? head.root : this.options.source.rootAt(size);
  }

  private openOwn(note: string): { size: number; root: Buffer } {
    try {
      return openCheckpoint(note, this.options.verifier);
    } catch {
      throw new RequestRefusedError('UNKNOWN_CHECKPOINT', "the checkpoint is not this log's");
    }
  }
}

/** The body of an answer that refuses; says a code and nothing else. */
export function refusalBody(error: unknown): { readonly error: { readonly code: string } } {
  if (error instanceof RequestRefusedError || error instanceof LogForkedError) return { error: { code: error.code } };
  return { error: { code: 'UNAVAILABLE' } };
}
