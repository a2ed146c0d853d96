import { openCheckpoint, type NoteVerifier, type SharedKeys } from '@keyfold/domain';
import { LogForkedError, RequestRefusedError } from '../protocol/errors.js';
import type { ForkAlarm } from '../fork/fork-alarm.js';
import type { LogSource, TreeState } from '../ports/log-source.js';
import { openRequest, sealReply } from '../protocol/feed-message.js';
import type { CheckpointSigner } from './checkpoint-signer.js';
import { JoinedReads } from './joined-reads.js';
import { originOf } from './known-tree.js';
import { parseHeadRequest, signHead, type HeadRequest } from './signed-head.js';

/** Settings of a {@link HeadService}. */
export interface HeadServiceOptions {
  readonly source: LogSource;
  readonly signer: CheckpointSigner;
  readonly verifier: NoteVerifier;
  readonly keys: SharedKeys;
  readonly alarm: ForkAlarm;
  /** The lease that a reply grants, in seconds, as the settings say at this moment. Read before the head is. */
  readonly leaseSeconds: () => Promise<number>;
  /** Told of each authentic request and the lease that it will be granted. */
  readonly onRequest?: (request: HeadRequest, leaseSeconds: number) => void;
}

type Head = Awaited<ReturnType<LogSource['head']>>;

/** What is read once for all requests that wait for it. */
interface Round {
  readonly leaseSeconds: number;
  readonly head: Head;
  /** The size behind which the head's leaf hashes were read. */
  readonly knownSize: number | undefined;
  /** Proofs to the head, as replies carry them, by the size they start at. */
  readonly proofs: Map<number, Promise<string[]>>;
}

/** Checkpoints that gateways show again and again; each of them has about one. */
const MAX_OPENED = 4_096;

/**
 * Answers head requests, whatever they came over. A head is never signed from a cache: each request is answered with one that was read
 * after it had come, and all that have come until the reading begins share it.
 */
export class HeadService {
  private readonly rounds = new JoinedReads(() => this.readRound());
  private readonly opened = new Map<string, TreeState>();

  constructor(private readonly options: HeadServiceOptions) {}

  /**
   * @param text the request as it came in
   * @returns the reply's text, in the request's form
   * @throws RequestRefusedError if it cannot be answered; LogForkedError on a fork
   */
  async answer(text: string): Promise<string> {
    const { alarm, keys, onRequest, signer } = this.options;
    const opened = openRequest('head', text, keys);
    const request = parseHeadRequest(opened.body);
    alarm.assertNone();
    const round = await this.rounds.take();
    const { head, leaseSeconds } = round;
    onRequest?.(request, leaseSeconds);
    await this.requireOwnPast(request, head);
    const checkpoint = await signer.sign(head, 'head', originOf(head, round.knownSize));
    const answer = {
      checkpoint,
      logTime: head.logTime,
      consistency: await this.proofTo(round, request.appliedSize),
      leaseSeconds,
      nonce: request.nonce,
      requestHash: opened.hash,
    };
    return sealReply(opened, signHead(answer, opened.protocol, signer.signer), keys);
  }

  // The lease first, the head afterwards: in the other order a write could be confirmed in between, and the gateway
  // would hold a lease on a head from before it.
  private async readRound(): Promise<Round> {
    const leaseSeconds = await this.options.leaseSeconds();
    const knownSize = this.options.signer.known.size;
    const head = await this.options.source.head(knownSize);
    await this.options.source.boundLogTime(head.logTime);
    return { leaseSeconds, head, knownSize, proofs: new Map() };
  }

  private proofTo({ head, proofs }: Round, from: number): Promise<string[]> {
    const known = proofs.get(from) ?? this.proof(from, head.size);
    proofs.set(from, known);
    return known;
  }

  private async proof(from: number, to: number): Promise<string[]> {
    const { signer, source } = this.options;
    const hashes = signer.known.proof(from, to) ?? (await source.consistencyProof(from, to));
    return hashes.map((hash) => hash.toString('base64'));
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
    if (size === head.size) return head.root;
    // What is known of the end of the tree is proven against the head before that is signed.
    return this.options.signer.known.rootAt(size) ?? (await this.options.source.rootAt(size));
  }

  private openOwn(note: string): TreeState {
    const known = this.opened.get(note);
    if (known !== undefined) return known;
    try {
      const { root, size } = openCheckpoint(note, this.options.verifier);
      if (this.opened.size >= MAX_OPENED) this.opened.clear();
      this.opened.set(note, { root, size });
      return { root, size };
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
