import { randomBytes } from 'node:crypto';
import { type NoteVerifier, type SharedKeys, verifyConsistency } from '@keyfold/domain';
import type { FeedLog } from '../ports/feed-log.js';
import type { TreeState } from '../ports/log-source.js';
import { FeedProblem, problemOf } from '../protocol/errors.js';
import { openReply, type Protocol, type SealedRequest, sealRequest } from '../protocol/feed-message.js';
import type { AdminRequester } from '../transport/admin-requester.js';
import type { LogClock } from './log-clock.js';
import { type OpenedHead, openHead } from './opened-head.js';
import type { HeadProcess, HeadRequest } from './signed-head.js';

/** A head whose signature, nonce, request hash and consistency with the gateway's own tree have been checked. */
export interface VerifiedHead extends Pick<OpenedHead, 'head' | 'leaseSeconds' | 'noLease' | 'retryAt' | 'isOfBatch'> {
  readonly size: number;
  readonly root: Buffer;
  /** Of the request: what a later one names this reply by. */
  readonly nonce: string;
  readonly logTimeMs: number;
  /** Of the monotonic clock, taken before the answered request was made: leases count from here. */
  readonly sentAtMonotonicMs: number;
}

/** Settings of a {@link HeadClient}. */
export interface HeadClientOptions {
  readonly requester: Pick<AdminRequester, 'ask'>;
  readonly verifier: NoteVerifier;
  readonly keys: SharedKeys;
  readonly gatewayId: string;
  /** Random, one for each process. */
  readonly incarnation: string;
  /**
   * What this process has applied, in Postgres and in memory, at this moment; null as long as it does not know. No head
   * is asked for then: one that was not checked against what is applied here could be a forked log's.
   */
  readonly applied: () => TreeState | null;
  /** A signed checkpoint that outlived the last process, if any; the log must extend it. */
  readonly knownCheckpoint?: () => string | null;
  /** Nonce of the reply that this process holds a lease by. Default: of the latest verified one. */
  readonly held?: () => string | null;
  /**
   * What the process says of itself in the request with this nonce, and which incarnation that is of: one incarnation
   * has one key. `process` is left out of the first form, whose readers refuse it. Without this option the requests are
   * those of an older peer.
   */
  readonly process?: (nonce: string) => { readonly incarnation: string; readonly process: HeadProcess };
  readonly clock: LogClock;
  readonly log: FeedLog;
  /** How often the head is asked for when nothing else happens. Default 1,000. */
  readonly intervalMs?: number;
  readonly monotonicNow?: () => number;
}

/** A request that was sent, and the tree that its answer must extend. */
interface Asked {
  readonly nonce: string;
  readonly sealed: SealedRequest;
  readonly own: TreeState;
  readonly sentAtMonotonicMs: number;
}

const COALESCE_MS = 10;
const DEFAULT_INTERVAL_MS = 1_000;

/**
 * Asks for the head about once a second and when told to. One request is outstanding at a time; whatever does not
 * answer exactly that request, or does not verify, is dropped.
 */
export class HeadClient {
  private outstanding: Promise<VerifiedHead> | undefined;
  private verified: VerifiedHead | null = null;
  /**
   * The first verified head that has not been applied yet. A later one has only been proven to extend what is applied:
   * should the log have forked in between, this one is the evidence, and it is shown until what is applied has come so
   * far.
   */
  private unapplied: VerifiedHead | null = null;
  private problem: FeedProblem | null = null;
  private unschedule: () => void = () => undefined;
  private dueAtMs = Number.POSITIVE_INFINITY;
  private askedAtMs = Number.NEGATIVE_INFINITY;
  private isRunning = false;
  private readonly listeners = new Set<(head: VerifiedHead) => void>();
  private readonly monotonicNow: () => number;

  constructor(private readonly options: HeadClientOptions) {
    this.monotonicNow = options.monotonicNow ?? (() => performance.now());
  }

  /** The newest head that verified, or null before the first. */
  get latest(): VerifiedHead | null {
    return this.verified;
  }

  /** Why the last request brought no head, or null if it did. */
  get lastProblem(): FeedProblem | null {
    return this.problem;
  }

  /** Begins to ask regularly. */
  start(): void {
    this.isRunning = true;
    this.schedule(0);
  }

  /** Asks at once, or 10 ms after the last request: whoever waits for a confirmation waits for this one. */
  askSoon(): void {
    if (this.isRunning) this.schedule(Math.max(0, this.askedAtMs + COALESCE_MS - this.monotonicNow()));
  }

  /** Calls the listener with each head that verified. @returns the function that ends the subscription */
  onHead(listener: (head: VerifiedHead) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Asks now. While a request is outstanding, waits for that one's answer instead of making a second. Works also after
   * {@link close}, for a last word.
   *
   * @throws FeedProblem
   */
  ask(): Promise<VerifiedHead> {
    this.outstanding ??= this.askOnce().finally(() => {
      this.outstanding = undefined;
    });
    return this.outstanding;
  }

  /**
   * Stops asking. An outstanding request is not waited for: where the admin-service is unreachable it would hold up a
   * stop for seconds.
   */
  close(): void {
    this.isRunning = false;
    this.unschedule();
    this.listeners.clear();
  }

  private schedule(inMs: number): void {
    const dueAtMs = this.monotonicNow() + inMs;
    if (!this.isRunning || dueAtMs >= this.dueAtMs) return;
    this.unschedule();
    this.dueAtMs = dueAtMs;
    this.unschedule = callIn(inMs, () => {
      this.dueAtMs = Number.POSITIVE_INFINITY;
      void this.turn();
    });
  }

  private async turn(): Promise<void> {
    // A request that was outstanding when this one became due may have been sent before the reason for this one arose.
    await this.outstanding?.catch(() => undefined);
    await this.ask().catch(() => undefined);
    this.schedule(this.options.intervalMs ?? DEFAULT_INTERVAL_MS);
  }

  private async askOnce(): Promise<VerifiedHead> {
    const { applied, keys, requester } = this.options;
    this.askedAtMs = this.monotonicNow();
    const own = applied();
    if (own === null)
      throw this.refuse(new FeedProblem('NOT_STARTED', 'it is not known yet what has been applied here'));
    try {
      const head = await requester.ask('head', (protocol) => {
        // Before anything else: the lease must err to the short side. The log's clock counts from the attempt that is
        // answered as well.
        const sentAtMonotonicMs = this.monotonicNow();
        // Each attempt has a nonce of its own, so that no reply to an earlier one can be taken for one that was made
        // after this was sent.
        const request = this.request(own, protocol);
        const sealed = sealRequest('head', request, { protocol, keys });
        return {
          text: sealed.text,
          accept: (reply) => this.verify(reply, { nonce: request.nonce, sealed, own, sentAtMonotonicMs }),
        };
      });
      this.accept(head, own);
      return head;
    } catch (error) {
      throw this.refuse(error);
    }
  }

  private request(own: TreeState, protocol: Protocol): HeadRequest {
    const { gatewayId, incarnation, knownCheckpoint, process } = this.options;
    const nonce = randomBytes(18).toString('base64url');
    const self = process?.(nonce);
    return {
      gatewayId,
      incarnation: self?.incarnation ?? incarnation,
      nonce,
      appliedSize: own.size,
      appliedRoot: own.root.toString('base64'),
      checkpoint: this.newestShown(own)?.head.checkpoint ?? knownCheckpoint?.() ?? null,
      held: this.heldNonce(),
      ...(self === undefined || protocol === 1 ? {} : { process: self.process }),
    };
  }

  private heldNonce(): string | null {
    const { held } = this.options;
    return held === undefined ? (this.verified?.nonce ?? null) : held();
  }

  private newestShown(own: TreeState): VerifiedHead | null {
    const { unapplied } = this;
    return unapplied !== null && unapplied.size > own.size ? unapplied : this.verified;
  }

  private verify(reply: string, { nonce, own, sealed, sentAtMonotonicMs }: Asked): VerifiedHead {
    const { keys, verifier } = this.options;
    const { checkpoint, ...head } = openHead(openReply(sealed, reply, keys), { nonce, sealed }, verifier);
    const { size, root } = checkpoint;
    // Signed after this request was sent, so anything smaller than what the log has shown before is a log that lost its
    // tail.
    const largest = Math.max(own.size, this.verified?.size ?? 0);
    if (size < largest)
      throw new FeedProblem('LOG_FORKED', `the log shows ${size} records after it had shown ${largest}`);
    if (size === this.verified?.size && !root.equals(this.verified.root))
      throw new FeedProblem('LOG_FORKED', `the log shows other records up to ${size} than it had shown`);
    const proof = head.head.consistency.map((hash) => Buffer.from(hash, 'base64'));
    if (!verifyConsistency({ fromSize: own.size, fromRoot: own.root, toSize: size, toRoot: root, proof })) {
      throw new FeedProblem(
        'LOG_FORKED',
        `the head of size ${size} does not extend the ${own.size} records applied here`,
      );
    }
    return { ...head, size, root, nonce, logTimeMs: Date.parse(head.head.logTime), sentAtMonotonicMs };
  }

  private accept(head: VerifiedHead, own: TreeState): void {
    this.verified = head;
    if (this.unapplied === null || this.unapplied.size <= own.size) this.unapplied = head;
    this.problem = null;
    this.options.clock.observe(head);
    for (const listener of this.listeners) listener(head);
  }

  private refuse(error: unknown): FeedProblem {
    const problem = problemOf(error, 'BAD_HEAD');
    const isNews = this.problem?.code !== problem.code;
    this.problem = problem;
    if (isNews) this.options.log.warn({ code: problem.code, reason: problem.message }, 'no signed head');
    return problem;
  }
}

/** A timer of 0 ms would wait for one; this is as soon as whatever is under way has ended. @returns what cancels it */
function callIn(inMs: number, call: () => void): () => void {
  if (inMs > 0) {
    const timer = setTimeout(call, inMs);
    return () => {
      clearTimeout(timer);
    };
  }
  const immediate = setImmediate(call);
  return () => {
    clearImmediate(immediate);
  };
}
