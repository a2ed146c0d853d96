import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type Confirmation, Confirmations } from '../../http/confirmation.js';
import { ServiceLogger } from '../../platform/service-logger.js';
import { LeaseLooks } from './lease-looks.js';
import type { ReceiptProofs } from './receipt-maker.js';
import { Receipts } from './receipts.js';
import { WatchedWrite } from './watched-write.js';

/**
 * A write is looked at for the first time so long after it, unless a gateway's request comes before that: sooner no
 * gateway can have applied it, and a read then only takes time from those that do. Without gateways it is at once.
 */
const FIRST_LOOK_MS = 25;
/** How often rows are read while a request waits: heads that other replicas answered are not told of. */
const POLL_MS = 100;
/**
 * And while none does: a write that was not confirmed in time is still watched, so that its receipt is there once it
 * can be.
 */
const IDLE_POLL_MS = 1_000;
/**
 * Writes that nobody waits for any more: the oldest are given up beyond it, and watched anew when they are asked for.
 */
const MAX_UNATTENDED = 1_000;
/** Receipts are not tried again at once after one could not be made. */
const RETRY_MS = 1_000;

interface Watched {
  readonly write: WatchedWrite;
  readonly waiters: Set<() => void>;
  /** What its receipt needs, read while gateways apply it. */
  readonly proofs: Promise<ReceiptProofs | null>;
  confirmed: Confirmation | null;
  notBeforeMs: number;
}

/**
 * One reader of the lease rows for all requests that wait in this process. It reads when this process has committed
 * rows (a head request is how a gateway says that it has applied something), and else at an interval. Each read is
 * shown to the writes that were watched before it began.
 */
@Injectable()
export class ConfirmationWatch extends Confirmations implements OnModuleDestroy {
  private readonly watched = new Map<number, Watched>();
  private reading: Promise<void> | null = null;
  private isDueAgain = false;
  private timer: { readonly dueAtMs: number; readonly handle: NodeJS.Timeout } | null = null;
  /** Whether the last look has shown a process that may hold a lease. */
  private hasLeases = true;
  private isStopping = false;

  constructor(
    private readonly leases: LeaseLooks,
    private readonly receipts: Receipts,
    private readonly logger: ServiceLogger,
  ) {
    super();
  }

  /** Requests that wait are answered with what is known, so that a stop does not wait for gateways. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer?.handle);
    for (const { waiters } of this.watched.values()) for (const wake of waiters) wake();
    await this.reading;
  }

  async confirm(
    position: number,
    { reader, signal, waitSeconds }: Parameters<Confirmations['confirm']>[1],
  ): Promise<Confirmation> {
    const [confirmed] = await Promise.all([
      this.receipts.confirmationOf(position),
      reader === undefined ? undefined : this.receipts.admitReader(position, reader),
    ]);
    if (confirmed !== undefined) return confirmed;
    const watched = this.watch(position, waitSeconds > 0);
    const endAtMs = performance.now() + waitSeconds * 1_000;
    const isDone = (): boolean => watched.confirmed !== null || (waitSeconds === 0 && watched.write.hasLooked);
    while (!isDone() && this.mayWait(signal) && (waitSeconds === 0 || performance.now() < endAtMs)) {
      await this.change(watched, waitSeconds === 0 ? POLL_MS : endAtMs - performance.now(), signal);
      if (waitSeconds === 0) break;
    }
    return watched.confirmed ?? { status: 'pending', position, gateways: watched.write.gateways() };
  }

  /** Rows have been committed by this process. */
  wake(): void {
    if (this.watched.size > 0) this.read();
  }

  private mayWait(signal: AbortSignal | undefined): boolean {
    return !this.isStopping && signal?.aborted !== true;
  }

  private watch(position: number, mayTakeTime: boolean): Watched {
    const known = this.watched.get(position);
    if (known !== undefined) return known;
    this.giveUpOldest();
    const write = new WatchedWrite(position);
    const proofs = this.receipts.prepare(position);
    const watched = { write, waiters: new Set<() => void>(), proofs, confirmed: null, notBeforeMs: 0 };
    this.watched.set(position, watched);
    if (mayTakeTime && this.hasLeases) this.readWithin(FIRST_LOOK_MS);
    else this.read();
    return watched;
  }

  private giveUpOldest(): void {
    if (this.watched.size < MAX_UNATTENDED) return;
    const oldest = [...this.watched].find(([, { waiters }]) => waiters.size === 0);
    if (oldest !== undefined) this.watched.delete(oldest[0]);
  }

  /** Resolves when something may have changed for the write, when the time is up, or when the client has gone. */
  private change({ waiters }: Watched, withinMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiters.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.max(0, withinMs));
      signal?.addEventListener('abort', wake);
      waiters.add(wake);
    });
  }

  /** Reads at once; if a read is under way, once more behind it, since that one may have begun too early. */
  private read(): void {
    if (this.reading !== null) {
      this.isDueAgain = true;
      return;
    }
    clearTimeout(this.timer?.handle);
    this.timer = null;
    this.reading = this.readOnce().finally(() => {
      this.reading = null;
      if (this.isStopping || this.watched.size === 0) return;
      if (this.isDueAgain) this.read();
      else this.readWithin(this.pauseMs());
    });
  }

  private readWithin(ms: number): void {
    const dueAtMs = performance.now() + ms;
    if (this.timer !== null && this.timer.dueAtMs <= dueAtMs) return;
    clearTimeout(this.timer?.handle);
    this.timer = { dueAtMs, handle: setTimeout(this.read.bind(this), ms).unref() };
  }

  private pauseMs(): number {
    return [...this.watched.values()].some(({ waiters }) => waiters.size > 0) ? POLL_MS : IDLE_POLL_MS;
  }

  private async readOnce(): Promise<void> {
    this.isDueAgain = false;
    // Only those: the read begins now, behind the commit of each.
    const shown = [...this.watched.values()];
    try {
      const { isComplete, ...look } = await this.leases.take();
      this.hasLeases = [...look.rows.values()].some((row) => row.endedAt === null && row.longestSeconds > 0);
      for (const { write } of shown) write.look(look);
      const settled = shown.filter(({ write }) => isComplete && write.result !== null);
      await Promise.all(settled.map((watched) => this.settle(watched)));
      for (const { waiters } of shown) for (const wake of [...waiters]) wake();
    } catch (error) {
      this.logger.log.warn({ err: error }, 'lease rows could not be read for confirmations; will retry');
    }
  }

  private async settle(watched: Watched): Promise<void> {
    const { position, result } = watched.write;
    if (result === null || watched.confirmed !== null || performance.now() < watched.notBeforeMs) return;
    try {
      const settled = { rows: result, proofs: await watched.proofs };
      watched.confirmed = await this.receipts.confirm(position, settled, watched.write.gateways());
      this.watched.delete(position);
    } catch (error) {
      watched.notBeforeMs = performance.now() + RETRY_MS;
      this.logger.log.error({ err: error, position }, 'the receipt of a write could not be made; will retry');
    }
  }
}
