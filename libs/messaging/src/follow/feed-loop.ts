import { setTimeout as delay } from 'node:timers/promises';
import { Frontier } from '@keyfold/domain';
import type { TreeState } from '../ports/log-source.js';
import { type FeedProblem, problemOf } from '../protocol/errors.js';
import { feedNames } from '../protocol/names.js';
import { RefillClient } from '../refill/refill-client.js';
import { type FeedPosition, merged, type RawEntry, type VerifiedBatch } from '../verify/verified-batch.js';
import { runInSlices } from '../verify/verify-segment.js';
import { WakeUp } from '../wake-up.js';
import { FeedAssembler } from './feed-assembler.js';
import type { FeedMeter } from './feed-meter.js';
import { FeedReader } from './feed-reader.js';
import type { FollowerOptions } from './follower-options.js';
import { RefillPace } from './refill-pace.js';

const DEFAULT_MAX_BATCH_RECORDS = 4_000;
// What is verified against one checkpoint, unless the next one is farther: a signature costs as much as ten records.
const SLICE_RECORDS = 2_000;
// Messages held unverified; beyond, the reader is held back.
const MAX_HELD = 8_000;
const HANDLER_RETRY_MS = { first: 100, most: 5_000 };

/**
 * Follows the log: takes what the stream delivers, verifies it, fills what is missing from the admin-service and hands
 * verified batches on, in order. While one batch is being applied the next one is verified.
 */
export class FeedLoop {
  private readonly assembler: FeedAssembler;
  private readonly reader: FeedReader;
  private readonly refills: RefillClient;
  private readonly pace: RefillPace;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private inFlight: Promise<void> | undefined;
  private handedCount = 0;
  private streamPosition = 0;
  private handlerFailure: FeedProblem | null = null;
  private readonly wakeUp = new WakeUp();
  private makeRoom: (() => void) | undefined;
  private appliedPosition: FeedPosition | null = null;

  constructor(
    private readonly options: FollowerOptions,
    readonly meter: FeedMeter,
    private readonly deliver: (batch: VerifiedBatch) => Promise<void>,
  ) {
    const { heads, link, log, verifier } = options;
    this.assembler = new FeedAssembler(verifier, { size: 0, frontier: Frontier.empty() });
    this.refills = new RefillClient({ ...options, head: () => heads.latest ?? null });
    this.pace = new RefillPace();
    this.reader = new FeedReader({
      link,
      log,
      stream: feedNames(verifier.keyId).stream,
      nextPosition: () => this.startOfStream(),
      onEntry: (entry) => this.take(entry),
    });
  }

  /**
   * What has been applied: the state that head requests are made with. Null until the durable position has been read.
   */
  get applied(): TreeState | null {
    const position = this.appliedPosition;
    return position && { size: position.size, root: position.frontier.root() };
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Ends after the batch that is being applied. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wakeUp.call();
    this.makeRoom?.();
    await this.reader.stop();
    await this.running;
  }

  private async run(): Promise<void> {
    const unsubscribe = this.options.heads.onHead(this.wakeUp.call);
    let retryMs = HANDLER_RETRY_MS.first;
    while (!this.isStopped()) {
      const handed = this.handedCount;
      try {
        await this.startOver();
        while (!this.isStopped()) await this.step();
      } catch (error) {
        this.meter.failed(problemOf(error, 'HANDLER_FAILED'));
        // A handler that had taken batches since it last failed gets another quick try.
        retryMs = this.handedCount > handed + 1 ? HANDLER_RETRY_MS.first : Math.min(retryMs * 2, HANDLER_RETRY_MS.most);
        await delay(retryMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
    await this.inFlight;
    unsubscribe();
    this.meter.stopped();
  }

  private isStopped(): boolean {
    return this.stopping.signal.aborted;
  }

  // The durable position decides, not what this process believes: a handler that failed may have committed all the
  // same.
  private async startOver(): Promise<void> {
    await this.inFlight;
    this.handlerFailure = null;
    const position = await this.options.position();
    this.appliedPosition = position;
    this.assembler.reset(position);
    this.meter.applied(position.size, 0);
    this.pace.progressed();
    this.options.heads.askSoon();
    this.reader.start();
    this.reader.restart();
  }

  private async step(): Promise<void> {
    const batch = await this.collect();
    if (batch !== null) return this.hand(batch);
    await this.settle();
    if (this.assembler.isReady) return;
    if (this.isRefillDue()) await this.refill();
    else await this.idle();
  }

  private take(entry: RawEntry): Promise<void> | undefined {
    this.assembler.accept(entry);
    this.streamPosition = entry.position;
    this.noticeStream();
    // Without a checkpoint there is nothing to verify yet; waking for every message would cost more than the message.
    if (this.assembler.isReady || this.assembler.hasGap) this.wakeUp.call();
    if (this.assembler.heldCount < MAX_HELD || this.isStopped()) return undefined;
    this.wakeUp.call();
    return new Promise((resolve) => {
      this.makeRoom = resolve;
    });
  }

  // From the last verified record, not the one after it: that it comes again shows that the stream delivers.
  private startOfStream(): number {
    this.streamPosition = 0;
    return Math.max(1, this.assembler.tip.size);
  }

  // The stream has come to where refills have already been: it delivers again.
  private noticeStream(): void {
    if (this.streamPosition >= this.assembler.tip.size && this.pace.streamCaughtUp()) this.meter.streaming();
  }

  private async collect(): Promise<VerifiedBatch | null> {
    const most = this.options.maxBatchRecords ?? DEFAULT_MAX_BATCH_RECORDS;
    const parts: VerifiedBatch[] = [];
    let count = 0;
    while (count < most && this.assembler.isReady && !this.isStopped()) {
      const part = await this.verifyNext();
      if (part === null) break;
      parts.push(part);
      count += part.records.length;
    }
    if (this.assembler.heldCount < MAX_HELD / 2) this.makeRoom?.();
    return merged(parts);
  }

  private async verifyNext(): Promise<VerifiedBatch | null> {
    try {
      const part = await runInSlices(this.assembler.nextInTurns(SLICE_RECORDS));
      if (part !== null) {
        this.pace.progressed();
        this.meter.streaming();
      }
      return part;
    } catch (error) {
      this.meter.rejected(problemOf(error, 'BAD_RECORD'));
      return null;
    }
  }

  private async hand(batch: VerifiedBatch): Promise<void> {
    await this.settle();
    this.handedCount += 1;
    const position = { size: batch.frontier.size, frontier: batch.frontier };
    this.inFlight = this.deliver(batch).then(
      () => {
        this.appliedPosition = position;
        this.meter.applied(position.size, batch.records.length);
        // While it is behind the head it knows, another one would tell it nothing: the regular ones do then.
        if (position.size >= (this.options.heads.latest?.size ?? 0)) this.options.heads.askSoon();
      },
      (error: unknown) => {
        this.handlerFailure = problemOf(error, 'HANDLER_FAILED');
      },
    );
  }

  private async settle(): Promise<void> {
    await this.inFlight;
    this.inFlight = undefined;
    if (this.handlerFailure !== null) throw this.handlerFailure;
  }

  private isRefillDue(): boolean {
    const { hasGap, tip } = this.assembler;
    if (!hasGap && (this.options.heads.latest?.size ?? 0) <= tip.size) return false;
    return this.pace.isDue({ hasGap, hasBroker: this.options.link.connection !== undefined });
  }

  private async refill(): Promise<void> {
    const { gap, tip } = this.assembler;
    const held = gap === null ? [] : this.assembler.heldBeforeGap;
    const through = gap?.through ?? this.options.heads.latest?.size ?? tip.size + 1;
    let batch: VerifiedBatch | null;
    try {
      batch = await this.refills.refill(tip, { held, through });
    } catch (error) {
      const problem = problemOf(error, 'BAD_REPLY');
      // What the stream brought before the hole may be what is wrong: the next refill does without it.
      if (problem.code !== 'ADMIN_UNREACHABLE') this.assembler.refuse(held, problem);
      this.pace.failed();
      this.meter.rejected(problem);
      this.options.heads.askSoon();
      return;
    }
    if (batch === null) {
      // The stream is ahead of the log: whatever it holds there is not the log's.
      this.assembler.dropHeld();
      this.pace.failed();
      return;
    }
    this.assembler.moveTip({ size: batch.frontier.size, frontier: batch.frontier });
    this.meter.refilled();
    if (this.pace.refilled(gap !== null)) this.reader.restart();
    this.noticeStream();
    await this.hand(batch);
  }

  private async idle(): Promise<void> {
    if (this.isStopped()) return;
    this.reviveReader();
    await this.wakeUp.wait(this.pace.waitMs());
  }

  // Held to the brim without a checkpoint or a hole: the stream holds something that will never verify, and the reader
  // waits for room.
  private reviveReader(): void {
    const { hasGap, heldCount, isReady } = this.assembler;
    if (heldCount < MAX_HELD || isReady || hasGap || !this.pace.mayRestartReader()) return;
    this.assembler.dropHeld();
    this.makeRoom?.();
    this.reader.restart();
  }
}
