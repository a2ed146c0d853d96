import type { HeadClient, LogClock, VerifiedHead } from '@keyfold/messaging';
import type { HostClock } from '@keyfold/service-kit';
import type { GatewayFacts } from '../facts/gateway-facts.js';
import { Lease } from './lease.js';
import type { LeaseProcess } from './lease-process.js';
import { type NoLease, whyNoLease } from './no-lease.js';

/** A stop waits for it no longer; what was not heard runs out by itself. */
const RELEASE_WITHIN_MS = 2_000;

/** How current this gateway is: its lease, the log's time, and waiting for what is under way. */
export class Freshness {
  readonly lease = new Lease();
  private _knownHeadSize = 0;
  private heads: HeadClient | undefined;

  constructor(
    readonly hostClock: HostClock,
    readonly logClock: LogClock,
    private readonly facts: GatewayFacts,
    private readonly process: LeaseProcess,
  ) {}

  /** Size of the newest head that was verified. */
  get knownHeadSize(): number {
    return this._knownHeadSize;
  }

  /** Takes heads from this client from now on. */
  follow(heads: HeadClient): void {
    this.heads = heads;
    heads.onHead((head) => {
      this.hostClock.resync();
      this._knownHeadSize = Math.max(this._knownHeadSize, head.size);
      const isLease = head.leaseSeconds > 0 && this.process.mayHoldLease;
      if (isLease) this.lease.offer(head, this.facts.appliedSize);
      // A key that the log does not know yet has something to show now: the lease need not wait for the next regular
      // request.
      if (head.noLease === 'NOT_PROVEN' && this.process.cosignNewest()) heads.askSoon();
    });
  }

  /** To be called after each batch, when memory has taken it over. */
  applied(): void {
    this.lease.applied(this.facts.appliedSize);
    const { held } = this.lease;
    // A confirmation waits for the longest lease that may be out. The feed asks only once it has caught up.
    if (held !== null && this.facts.settings.settings.gatewayLeaseSeconds < held.leaseSeconds) this.heads?.askSoon();
  }

  /** Why nothing may be allowed at this moment; null with a lease. */
  get noLease(): NoLease | null {
    if (this.holdsLease()) return null;
    return whyNoLease({
      keyProblem: this.process.problem,
      headProblem: this.heads?.lastProblem ?? null,
      head: this.heads?.latest ?? null,
      appliedSize: this.facts.appliedSize,
    });
  }

  /**
   * Gives the lease back, for a stop in order: this process allows nothing any more, and a confirmation need not wait
   * for it. Never fails: a release that is not heard leaves the lease to run out.
   */
  async release(): Promise<void> {
    this.lease.end();
    const heads = this.heads;
    // An older admin-service knows no releases, and one that was never reached has granted nothing.
    if (heads?.latest?.isOfBatch !== true || !this.process.beginRelease()) return;
    const deadline = new Deadline(RELEASE_WITHIN_MS);
    try {
      await Promise.race([this.askAfter(heads, this.hostClock.nowMs()), deadline.passed]);
    } catch {
      // The client has logged why.
    } finally {
      deadline.cancel();
    }
  }

  /** Whether anything may be allowed at this moment. */
  holdsLease(): boolean {
    return this.lease.holds(this.hostClock.nowMs());
  }

  /**
   * The log's time for a decision at this moment, by one reading of the clocks; null without a lease: then nothing may
   * be allowed.
   */
  decisionTimeMs(): number | null {
    const nowMs = this.hostClock.nowMs();
    return this.lease.holds(nowMs) ? this.logClock.atMs(nowMs) : null;
  }

  /**
   * Waits until everything is applied that the log held when this was called, or for that time. Calls at the same time
   * share the question.
   *
   * @returns whether it is applied
   */
  async catchUp(withinMs: number): Promise<boolean> {
    const heads = this.heads;
    if (heads === undefined) return false;
    const deadline = new Deadline(withinMs);
    try {
      return await Promise.race([this.askAndApply(heads, deadline), deadline.passed]);
    } catch {
      // No head came; the client has logged why.
      return false;
    } finally {
      deadline.cancel();
    }
  }

  private async askAndApply(heads: HeadClient, deadline: Deadline): Promise<boolean> {
    // The answer to a question from before may miss what has been appended since.
    const head = await this.askAfter(heads, this.hostClock.nowMs());
    return this.facts.whenApplied(head.size, deadline.leftMs());
  }

  /** The answer to a request that was made after this moment. */
  private async askAfter(heads: HeadClient, momentMs: number): Promise<VerifiedHead> {
    const head = await heads.ask().catch(() => null);
    return head !== null && head.sentAtMonotonicMs > momentMs ? head : heads.ask();
  }
}

class Deadline {
  readonly passed: Promise<false>;
  private readonly endsAtMs: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(withinMs: number) {
    this.endsAtMs = performance.now() + withinMs;
    this.passed = new Promise((resolve) => {
      this.timer = setTimeout(() => {
        resolve(false);
      }, withinMs);
    });
  }

  leftMs(): number {
    return Math.max(0, this.endsAtMs - performance.now());
  }

  cancel(): void {
    clearTimeout(this.timer);
  }
}
