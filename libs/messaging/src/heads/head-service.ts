import { type GenuineSignatures, type NoteVerifier, openCheckpoint, type SharedKeys } from '@keyfold/domain';
import type { ForkAlarm } from '../fork/fork-alarm.js';
import type { LogSource, TreeState } from '../ports/log-source.js';
import { LogForkedError, RequestRefusedError } from '../protocol/errors.js';
import { type OpenedRequest, openRequest, sealReply } from '../protocol/feed-message.js';
import { signBatch } from './batched-head.js';
import { Batches } from './batches.js';
import { Bursts } from './bursts.js';
import type { CheckpointSigner } from './checkpoint-signer.js';
import { HeadProcesses } from './head-process.js';
import { originOf } from './known-tree.js';
import type { LeaseAsk, LeaseBook, LeaseGrant } from './lease-book.js';
import { parseHeadRequest, signHead } from './signed-head.js';

/** Settings of a {@link HeadService}. */
export interface HeadServiceOptions {
  readonly source: Pick<LogSource, 'head' | 'rootAt' | 'consistencyProof' | 'onAppend'>;
  readonly leases: LeaseBook;
  readonly signer: CheckpointSigner;
  readonly verifier: NoteVerifier;
  /** Of gateways' processes. */
  readonly signatures: GenuineSignatures;
  readonly keys: SharedKeys;
  readonly alarm: ForkAlarm;
}

type Head = Awaited<ReturnType<LogSource['head']>>;

/** A request that waits for its reply. */
interface Entry {
  readonly ask: LeaseAsk;
  readonly opened: Pick<OpenedRequest, 'purpose' | 'protocol' | 'hash'>;
}

/** What a batch has in common once its head is read. */
interface Round {
  readonly head: Head;
  readonly checkpoint: string;
  readonly logTime: string;
}

/** Checkpoints that gateways show again and again; each of them has about one. */
const MAX_OPENED = 4_096;

/**
 * Answers head requests, whatever they came over. Those that come while a head is being made are answered together: one
 * transaction commits their lease rows, one later snapshot reads the head, never a cache, and one signature covers them
 * all.
 */
export class HeadService {
  private readonly batches = new Batches<Entry, string>({
    work: (entries) => this.answerAll(entries),
    askerOf: ({ ask: { request } }) => `${request.gatewayId} ${request.incarnation}`,
  });
  private readonly bursts = new Bursts();
  private readonly opened = new Map<string, TreeState>();
  private readonly processes: HeadProcesses;

  constructor(private readonly options: HeadServiceOptions) {
    this.processes = new HeadProcesses({
      origin: options.verifier.name,
      signatures: options.signatures,
      openOwn: (note) => this.openOwn(note),
    });
    // As long as the log itself is there.
    options.source.onAppend(() => {
      this.bursts.hurry();
    });
  }

  /**
   * @param text the request as it came in
   * @returns the reply's text, in the request's form
   * @throws RequestRefusedError if it cannot be answered; LogForkedError on a fork
   */
  async answer(text: string): Promise<string> {
    await this.bursts.enter();
    const { alarm, keys, leases } = this.options;
    const { body, hash, protocol, purpose } = openRequest('head', text, keys);
    const ask = this.processes.verified(parseHeadRequest(body));
    alarm.assertNone();
    await leases.admit(ask);
    return this.batches.take({ ask, opened: { purpose, protocol, hash } });
  }

  // The lease rows first, the head afterwards, in a later snapshot: in the other order a write could be confirmed in
  // between, by rows that do not name these leases, and the gateways would hold them on a head from before it.
  private async answerAll(entries: readonly Entry[]): Promise<readonly (() => string)[]> {
    const { leases, signer, source } = this.options;
    const { grants, logTime } = await leases.commit(entries.map(({ ask }) => ask));
    const knownSize = signer.known.size;
    const head = await source.head(knownSize);
    const refusals = await Promise.all(entries.map(({ ask }) => this.refusalOf(ask, head)));
    const checkpoint = await signer.sign(head, 'head', originOf(head, knownSize));
    const round = { head, checkpoint, logTime: laterOf(logTime, head.recordedAt) };
    return this.replies(round, entries, (at) => refusals[at] ?? grants[at] ?? NOT_COMMITTED);
  }

  private async replies(
    round: Round,
    entries: readonly Entry[],
    outcomeOf: (at: number) => LeaseGrant | RequestRefusedError,
  ): Promise<readonly (() => string)[]> {
    const proofs = await this.proofsOf(round, entries);
    const inBatch = entries.flatMap((entry, at) => {
      const outcome = outcomeOf(at);
      const isOne = entry.ask.request.process !== undefined && !(outcome instanceof RequestRefusedError);
      return isOne ? [{ at, reply: { ...outcome, ...this.partsOf(entry, proofs) } }] : [];
    });
    const bodies =
      inBatch.length === 0
        ? []
        : signBatch(
            round,
            inBatch.map(({ reply }) => reply),
            this.options.signer.signer,
          );
    const bodyAt = new Map(inBatch.map(({ at }, nth) => [at, bodies[nth]]));
    return entries.map((entry, at) => () => {
      const outcome = outcomeOf(at);
      if (outcome instanceof RequestRefusedError) throw outcome;
      const body = bodyAt.get(at) ?? this.olderReply(round, entry, { ...outcome, ...this.partsOf(entry, proofs) });
      return sealReply(entry.opened, body, this.options.keys);
    });
  }

  private partsOf({ ask, opened }: Entry, proofs: ReadonlyMap<number, string[]>): ReplyParts {
    const { appliedSize, nonce } = ask.request;
    return { nonce, requestHash: opened.hash, consistency: proofs.get(appliedSize) ?? [] };
  }

  /**
   * To a peer that knows no batches: signed for its request alone, and never without a lease, which it could not tell
   * from one.
   */
  private olderReply({ checkpoint, logTime }: Round, { opened }: Entry, reply: ReplyParts & LeaseGrant): object {
    const { consistency, leaseSeconds, noLease, nonce, requestHash } = reply;
    if (leaseSeconds === 0) throw new RequestRefusedError('NO_LEASE', `there is no lease for it: ${String(noLease)}`);
    const head = { checkpoint, logTime, consistency: [...consistency], leaseSeconds, nonce, requestHash };
    return signHead(head, opened.protocol, this.options.signer.signer);
  }

  /** Proofs to the head by the sizes that they start at. */
  private async proofsOf({ head }: Round, entries: readonly Entry[]): Promise<ReadonlyMap<number, string[]>> {
    const sizes = [...new Set(entries.map(({ ask }) => ask.request.appliedSize))].filter((size) => size <= head.size);
    const proofs = await Promise.all(sizes.map((size) => this.proof(size, head.size)));
    return new Map(sizes.map((size, at) => [size, proofs[at] ?? []]));
  }

  private async proof(from: number, to: number): Promise<string[]> {
    const { signer, source } = this.options;
    const hashes = signer.known.proof(from, to) ?? (await source.consistencyProof(from, to));
    return hashes.map((hash) => hash.toString('base64'));
  }

  /** @returns what the request is refused for beside its lease; null if nothing */
  private async refusalOf({ cosignature, request }: LeaseAsk, head: TreeState): Promise<RequestRefusedError | null> {
    const { appliedSize, checkpoint, gatewayId } = request;
    try {
      if (checkpoint !== null) {
        const known = { ...this.openOwn(checkpoint), note: checkpoint };
        await this.requireOwnPast(gatewayId, known, head);
      }
      if (cosignature !== null) await this.requireOwnPast(gatewayId, { ...cosignature, note: null }, head);
    } catch (error) {
      if (error instanceof RequestRefusedError) return error;
      throw error;
    }
    if (appliedSize <= head.size) return null;
    return new RequestRefusedError('AHEAD_OF_LOG', `the gateway says ${appliedSize}, the log has ${head.size}`);
  }

  // A checkpoint with this log's signature that the log does not extend is the proof of a fork; a mere claim is not,
  // since whoever holds the shared secret could make one and stop the log with it.
  private async requireOwnPast(gatewayId: string, known: ShownState, head: TreeState): Promise<void> {
    const { size: headSize } = head;
    if (known.size <= headSize && (await this.rootAt(known.size, head)).equals(known.root)) return;
    throw this.options.alarm.raise({
      noticedBy: 'gateway',
      lost: { origin: this.options.verifier.name, size: known.size, root: known.root, note: known.note },
      headSize,
      detail: `gateway ${gatewayId} holds a signed checkpoint of size ${known.size} that the log at size ${headSize} does not extend`,
      firstDifferingPosition: known.size > headSize ? headSize + 1 : null,
    });
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

/** A state that a gateway has shown; its note where it came with one that can be passed on. */
type ShownState = TreeState & { readonly note: string | null };

interface ReplyParts {
  readonly nonce: string;
  readonly requestHash: string;
  readonly consistency: readonly string[];
}

const NOT_COMMITTED: LeaseGrant = { leaseSeconds: 0, noLease: 'NOT_RECORDED' };

/** Both are RFC 3339 in UTC with milliseconds, so they sort as texts. */
function laterOf(committed: string, recordedAt: string | null): string {
  return recordedAt !== null && recordedAt > committed ? recordedAt : committed;
}

/** The body of an answer that refuses; says a code and nothing else. */
export function refusalBody(error: unknown): { readonly error: { readonly code: string } } {
  if (error instanceof RequestRefusedError || error instanceof LogForkedError) return { error: { code: error.code } };
  return { error: { code: 'UNAVAILABLE' } };
}
