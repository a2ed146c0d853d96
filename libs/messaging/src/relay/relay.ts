import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ForkCheck } from '../fork/fork-check.js';
import { ForeignStreamError } from '../fork/stream-comparison.js';
import type { CheckpointSigner } from '../heads/checkpoint-signer.js';
import { failureText, type FeedLog } from '../ports/feed-log.js';
import type { LogSource, SourceRecord } from '../ports/log-source.js';
import { LogForkedError } from '../protocol/errors.js';
import { feedNames } from '../protocol/names.js';
import { LogStream } from '../transport/log-stream.js';
import type { NatsLink } from '../transport/nats-link.js';
import { StreamRefusedError } from '../transport/stream-refused.js';
import { isErasure } from '../verify/erasure.js';
import { WakeUp } from '../wake-up.js';
import { RelayTree } from './relay-tree.js';
import type { StreamAudit } from './stream-audit.js';
import { StreamEraser } from './stream-eraser.js';
import { StreamPublisher, WrongSequenceError } from './stream-publisher.js';

/** Settings of a {@link Relay}. */
export interface RelayOptions {
  readonly link: NatsLink;
  readonly source: LogSource;
  readonly signer: CheckpointSigner;
  readonly audit: StreamAudit;
  readonly forks: ForkCheck;
  readonly log: FeedLog;
  /** Default 60,000. */
  readonly auditIntervalMs?: number;
  /** How often the log is looked at when no wake-up comes. Default 1,000. */
  readonly pollMs?: number;
}

/** How the relay is doing. */
export interface RelayStatus {
  /** `foreign`: the stream is another log's. `forked`: nothing is relayed any more. */
  readonly state: 'no-broker' | 'disconnected' | 'auditing' | 'relaying' | 'failing' | 'foreign' | 'forked' | 'stopped';
  /** The last position that the stream has acknowledged. */
  readonly position: number;
  readonly lastError: string | null;
}

const MAX_OUTSTANDING_BATCHES = 4;
const RETRY_MS = 250;
/** Where somebody has to change something first. */
const HELPED_RETRY_MS = 10_000;

/**
 * Publishes the log to the stream, in order. It keeps no cursor: the stream's last sequence is the cursor, since a
 * record's position is its sequence. If this process dies on any line, the next relay reads that sequence and goes on;
 * if two run, each position is stored once, by whoever came first, and the other one starts over.
 */
export class Relay {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private current: RelayStatus;
  private readonly wakeUp = new WakeUp();
  private hasNews = false;
  private connects = 0;
  private auditDueAtMs = 0;
  private tree: RelayTree | null = null;
  private readonly eraser: StreamEraser;

  constructor(private readonly options: RelayOptions) {
    this.eraser = new StreamEraser(options.audit.erased);
    this.current = { state: options.link.isConfigured ? 'disconnected' : 'no-broker', position: 0, lastError: null };
  }

  get status(): RelayStatus {
    return this.options.link.connection === undefined && this.current.state === 'relaying'
      ? { ...this.current, state: 'disconnected' }
      : this.current;
  }

  /** Begins to relay; returns at once. */
  start(): void {
    if (this.options.link.isConfigured) this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wakeUp.call();
    await this.running;
    this.become('stopped');
  }

  private async run(): Promise<void> {
    const { link, source } = this.options;
    const wake = (): void => {
      this.hasNews = true;
      this.wakeUp.call();
    };
    const unsubscribes = [
      source.onAppend((_size, committed) => {
        if (committed !== undefined) this.tree?.hand(committed);
        wake();
      }),
      link.onConnect(() => {
        this.connects += 1;
        // What happened to the stream meanwhile is unknown.
        this.auditDueAtMs = 0;
        wake();
      }),
    ];
    while (!this.stopping.signal.aborted) {
      const pauseMs = await this.session();
      if (pauseMs === null) break;
      await delay(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
    for (const unsubscribe of unsubscribes) unsubscribe();
  }

  /** @returns how long to wait before the next one, or null if there must be none */
  private async session(): Promise<number | null> {
    const { connection } = this.options.link;
    if (connection === undefined) {
      this.hasNews = false;
      await this.idle();
      return 0;
    }
    try {
      const stream = await LogStream.open(connection, this.options.signer.signer.keyId);
      const last = await this.lastSequence(stream);
      // What another relay has published since, or this one before it died, may have been an erasure.
      await this.eraser.eraseThrough(stream, last);
      await this.relayFrom(last, stream, connection);
      return 0;
    } catch (error) {
      return this.afterFailure(error);
    }
  }

  private afterFailure(error: unknown): number | null {
    const reason = failureText(error);
    if (error instanceof LogForkedError) {
      this.become('forked', reason);
      return null;
    }
    // Another relay was faster. A random pause, so that one of them gets ahead.
    if (error instanceof WrongSequenceError) return Math.random() * RETRY_MS;
    this.auditDueAtMs = 0;
    const isForeign = error instanceof ForeignStreamError;
    const isRefused = error instanceof StreamRefusedError;
    if (this.current.lastError !== reason) {
      const { log } = this.options;
      if (isForeign) log.error({ reason }, 'the stream belongs to another log: nothing is relayed');
      else if (isRefused)
        log.error({ reason }, 'the broker refuses the stream: gateways get records from the admin-service instead');
      else log.warn({ reason }, 'relaying failed; will retry');
    }
    this.become(isForeign ? 'foreign' : 'failing', reason);
    return isForeign || isRefused ? HELPED_RETRY_MS : RETRY_MS;
  }

  private async lastSequence(stream: LogStream): Promise<number> {
    if (performance.now() >= this.auditDueAtMs) {
      this.eraser.startOver();
      const last = await this.options.audit.run(stream);
      this.auditDueAtMs = performance.now() + (this.options.auditIntervalMs ?? 60_000);
      return last;
    }
    const state = await stream.state();
    const head = await this.options.source.head();
    if (state === null || state.lastSequence > head.size) {
      // Gone, or ahead of the log: a case for the audit.
      this.auditDueAtMs = 0;
      return this.lastSequence(stream);
    }
    // Another relay may have published what only a log had that is gone.
    await this.options.audit.requireNoFork(stream, state.lastSequence);
    return state.lastSequence;
  }

  private async relayFrom(last: number, stream: LogStream, connection: NatsConnection): Promise<void> {
    this.become('relaying', null, last);
    const { connects } = this;
    const publisher = new StreamPublisher(connection, feedNames(this.options.signer.signer.keyId));
    const outstanding: Promise<void>[] = [];
    const tree = new RelayTree(this.options.source, last, (server) => this.options.forks.admit(server));
    this.tree = tree;
    try {
      while (!this.stopping.signal.aborted && this.connects === connects && performance.now() < this.auditDueAtMs) {
        this.hasNews = false;
        const batch = await tree.next();
        if (batch === null) {
          await this.idleBehind(outstanding);
          continue;
        }
        const { origin, records, state } = batch;
        const note = await this.options.signer.sign(state, 'relay', origin);
        if (outstanding.length >= MAX_OUTSTANDING_BATCHES) await outstanding.shift();
        const published = this.acknowledged(publisher.publish(records, note), state.size);
        outstanding.push(records.some(hasErasure) ? this.eraseAfter(published, stream, state.size) : published);
        // Saves a look at a log that is known to have no more.
        if (batch.isLast) await this.idleBehind(outstanding);
      }
      await Promise.all(outstanding);
    } finally {
      this.tree = null;
      publisher.close();
    }
  }

  private async idleBehind(outstanding: Promise<void>[]): Promise<void> {
    if (this.hasNews) return;
    await Promise.all(outstanding.splice(0));
    await this.idle();
  }

  // The handler keeps a failure from being unhandled while an earlier batch is waited for; it is thrown there or later.
  private acknowledged(acknowledgement: Promise<void>, size: number): Promise<void> {
    const counted = acknowledgement.then(() => {
      this.current = { ...this.current, position: size };
    });
    counted.catch(() => undefined);
    return counted;
  }

  // A failure ends the session, and the next one begins by looking at every erasure again.
  private eraseAfter(published: Promise<void>, stream: LogStream, size: number): Promise<void> {
    const erased = published.then(() => this.eraser.eraseThrough(stream, size));
    erased.catch(() => undefined);
    return erased;
  }

  private async idle(): Promise<void> {
    if (this.hasNews || this.stopping.signal.aborted) return;
    await this.wakeUp.wait(this.options.pollMs ?? 1_000);
  }

  private become(state: RelayStatus['state'], lastError: string | null = null, position = this.current.position): void {
    this.current = { state, position, lastError };
  }
}

function hasErasure({ record }: SourceRecord): boolean {
  return isErasure(record);
}
