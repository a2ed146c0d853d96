import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type Confirmation, Confirmations } from '../../http/confirmation.js';
import { ServiceLogger } from '../../platform/service-logger.js';
import { LeaseLooks } from './lease-looks.js';
import { Receipts } from './receipts.js';
import { WatchedWrite } from './watched-write.js';

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
  private timer: NodeJS.Timeout | undefined;
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
    clearTimeout(this.timer);
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
    const watched = this.watch(position);
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

  private watch(position: number): Watched {
    const known = this.watched.get(position);
    if (known !== undefined) return known;
    this.giveUpOldest();
    const write = new WatchedWrite(position);
    const watched = { write, waiters: new Set<() => void>(), confirmed: null, notBeforeMs: 0 };
    this.watched.set(position, watched);
    this.read();
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
    clearTimeout(this.timer);
    this.reading = this.readOnce().finally(() => {
      this.reading = null;
      if (this.isStopping || this.watched.size === 0) return;
      if (this.isDueAgain) this.read();
      else this.timer = setTimeout(this.read.bind(this), this.pauseMs()).unref();
    });
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
      watched.confirmed = await this.receipts.confirm(position, result, watched.write.gateways());
      this.watched.delete(position);
    } catch (error) {
      watched.notBeforeMs = performance.now() + RETRY_MS;
      this.logger.log.error({ err: error, position }, 'the receipt of a write could not be made; will retry');
    }
  }
}
