import type { HeadClient, LogClock } from '@keyfold/messaging';
import type { HostClock } from '@keyfold/service-kit';
import type { GatewayFacts } from '../facts/gateway-facts.js';
import { Lease } from './lease.js';

/** How current this gateway is: its lease, the log's time, and waiting for what is under way. */
export class Freshness {
  readonly lease = new Lease();
  #knownHeadSize = 0;
  #heads: HeadClient | undefined;

  constructor(
    readonly hostClock: HostClock,
    readonly logClock: LogClock,
    private readonly facts: GatewayFacts,
  ) {}

  /** Size of the newest head that was verified. */
  get knownHeadSize(): number {
    return this.#knownHeadSize;
  }

  /** Takes heads from this client from now on. */
  follow(heads: HeadClient): void {
    this.#heads = heads;
    heads.onHead((head) => {
      this.hostClock.resync();
      this.#knownHeadSize = Math.max(this.#knownHeadSize, head.size);
      this.lease.offer(head, this.facts.appliedSize);
    });
  }

  /** To be called after each batch, when memory has taken it over. */
  applied(): void {
    this.lease.applied(this.facts.appliedSize);
  }

  /** Whether anything may be allowed at this moment. */
  holdsLease(): boolean {
    return this.lease.holds(this.hostClock.nowMs());
  }

  /** The log's time for a decision at this moment, by one reading of the clocks; null without a lease: then nothing may be allowed. */
  decisionTimeMs(): number | null {
    const nowMs = this.hostClock.nowMs();
    return this.lease.holds(nowMs) ? this.logClock.atMs(nowMs) : null;
  }

  /**
   * Waits until everything is applied that the log held when this was called, or for that time. Calls at the same time share the question.
   *
   * @returns whether it is applied
   */
  async catchUp(withinMs: number): Promise<boolean> {
    const heads = this.#heads;
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
    const calledAtMs = this.hostClock.nowMs();
    let head = await heads.ask();
    // The answer to a question from before may miss what has been appended since.
    if (head.sentAtMonotonicMs < calledAtMs) head = await heads.ask();
    return this.facts.whenApplied(head.size, deadline.leftMs());
  }
}

class Deadline {
  readonly passed: Promise<false>;
  readonly #endsAtMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(withinMs: number) {
    this.#endsAtMs = performance.now() + withinMs;
    this.passed = new Promise((resolve) => {
      this.#timer = setTimeout(() => {
        resolve(false);
      }, withinMs);
    });
  }

  leftMs(): number {
    return Math.max(0, this.#endsAtMs - performance.now());
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
