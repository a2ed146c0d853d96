import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailableError } from '@keyfold/event-store';
import { failureText, type FeedLog } from '../ports/feed-log.js';
import type { LogSource, SignedCheckpoints, TreeState } from '../ports/log-source.js';
import { LogForkedError } from '../protocol/errors.js';
import { LogStream } from '../transport/log-stream.js';
import type { NatsLink } from '../transport/nats-link.js';
import type { ForkAlarm } from './fork-alarm.js';
import { ForeignStreamError, type StreamComparison } from './stream-comparison.js';

/** What a fork check needs. */
export interface ForkCheckOptions {
  readonly source: LogSource;
  readonly signed: SignedCheckpoints;
  readonly origin: string;
  readonly logKeyId: string;
  readonly comparison: StreamComparison;
  readonly link: NatsLink;
  readonly alarm: ForkAlarm;
  readonly log: FeedLog;
  /** How long writing and signing wait for the stream, in milliseconds. Default 10,000. */
  readonly streamWaitMs?: number;
  /** Interval at which an idle process reads the head, in milliseconds. Default 1,000. */
  readonly pollMs?: number;
}

/** A state of the log; with its signed note where that is known. */
type SeenState = TreeState & { readonly note?: string };

const DEFAULT_STREAM_WAIT_MS = 10_000;
const DEFAULT_POLL_MS = 1_000;
const STREAM_RETRY_MS = 100;

/**
 * Lets this process write to and sign for the log of a Postgres server only once that log has been compared with all
 * that is known of it: what this process has seen of it, what was signed, and the stream. A failover, a restored backup
 * or a restart makes another server, so the comparison begins again before anything else happens there.
 */
export class ForkCheck {
  /** How often the stream could not be read in time, so that writing and signing began without the comparison. */
  unconfirmed = 0;
  private admitted: string | null = null;
  private pending: { readonly server: string; readonly check: Promise<void> } | null = null;
  /** The largest state of the log that this process has proven or committed. */
  private seen: SeenState | null = null;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: ForkCheckOptions) {}

  /** Size of the largest state of the log that this process has proven or committed. */
  get seenSize(): number {
    return this.seen?.size ?? 0;
  }

  /**
   * Begins at once with the server that is there now, so that what comes first need not wait for all of it; and then
   * keeps up with the log. A replica that does nothing else still knows what another one has written, and is not taken
   * in by a log that lacks it.
   */
  start(): void {
    this.running ??= this.run();
  }

  /** Waits for the stream no longer: what still asks is refused. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /**
   * Resolves once the log on this server may be written to and signed.
   *
   * @param server as `LogSource.head` names it
   * @throws LogForkedError if it may not; whatever kept the comparison from being made
   */
  async admit(server: string): Promise<void> {
    this.options.alarm.assertNone();
    if (this.admitted === server) return;
    while (this.pending !== null && this.pending.server !== server) await this.pending.check.catch(() => undefined);
    this.pending ??= { server, check: this.compare(server).finally(() => (this.pending = null)) };
    await this.pending.check;
  }

  /** Under the head lock, where nothing that was ever committed can be missing. @throws LogForkedError */
  check(head: { readonly size: number; root(): Buffer }): void {
    const { seen } = this;
    this.options.alarm.assertNone();
    if (seen === null || head.size > seen.size) return;
    if (head.size === seen.size && head.root().equals(seen.root)) return;
    throw this.raise('append', seen, head.size);
  }

  /** @param state of the log that this process has committed, or proven to extend what was known before */
  saw(state: SeenState): void {
    if (this.seen === null || state.size > this.seen.size) this.seen = state;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const { pollMs = DEFAULT_POLL_MS } = this.options;
    while (!signal.aborted && this.options.alarm.fork === null) {
      // Whatever keeps it from looking, the next append or signature meets as well and reports.
      await this.look().catch(() => undefined);
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    // Before the head is read: what others prove meanwhile is no less than that.
    const { seen } = this;
    const head = await this.options.source.head();
    await this.admit(head.server);
    if (seen !== null && !(await this.extends(head, seen))) throw this.raise('server', seen, head.size);
    this.saw({ size: head.size, root: head.root });
  }

  private async extends(head: TreeState, known: TreeState): Promise<boolean> {
    if (known.size >= head.size) return known.size === head.size && known.root.equals(head.root);
    return (await this.options.source.rootAt(known.size)).equals(known.root);
  }

  private async compare(server: string): Promise<void> {
    const { origin, signed, source } = this.options;
    const { seen } = this;
    const head = await source.head();
    if (head.server !== server) throw new StoreUnavailableError('Postgres is being replaced by another server', false);
    for (const known of [seen, await signed.largestSignedCheckpoint(origin)]) {
      if (known == null) continue;
      if (!(await this.extends(head, known))) throw this.raise('server', known, head.size);
    }
    await this.compareWithStream();
    this.admitted = server;
  }

  private async compareWithStream(): Promise<void> {
    const { link, log, streamWaitMs = DEFAULT_STREAM_WAIT_MS } = this.options;
    if (!link.isConfigured) return;
    const ended = new AbortController();
    const signal = AbortSignal.any([ended.signal, this.stopping.signal]);
    const late = delay(streamWaitMs, 'late' as const, { signal });
    try {
      // The timer's end is no failure of its own.
      const outcome = await Promise.race([this.untilCompared(signal), late.catch(() => 'late' as const)]);
      if (outcome === 'compared') return;
    } finally {
      ended.abort();
    }
    if (this.stopping.signal.aborted) throw new StoreUnavailableError('the service stops', false);
    this.unconfirmed += 1;
    log.warn(
      { waitedMs: streamWaitMs },
      'the log is written to and signed without having been compared with the stream',
    );
  }

  private async untilCompared(ended: AbortSignal): Promise<'compared'> {
    for (;;) {
      if (await this.isCompared()) return 'compared';
      await delay(STREAM_RETRY_MS, undefined, { signal: ended });
    }
  }

  private async isCompared(): Promise<boolean> {
    const { comparison, link, log, logKeyId } = this.options;
    if (link.connection === undefined) return false;
    try {
      const stream = await LogStream.open(link.connection, logKeyId);
      const state = await stream.state();
      if (state !== null) await comparison.requireNoFork(stream, state.lastSequence);
      return true;
    } catch (error) {
      if (error instanceof LogForkedError) throw error;
      // What another log has left there says nothing of this one; the relay reports it.
      if (error instanceof ForeignStreamError) return true;
      log.info({ reason: failureText(error) }, 'the stream cannot be compared with the log yet');
      return false;
    }
  }

  private raise(noticedBy: 'append' | 'server', known: SeenState, size: number): LogForkedError {
    return this.options.alarm.raise({
      noticedBy,
      lost: { origin: this.options.origin, size: known.size, root: known.root, note: known.note ?? null },
      headSize: size,
      detail: `the log at size ${size} does not extend what it was at size ${known.size}`,
      firstDifferingPosition: known.size > size ? size + 1 : null,
    });
  }
}
