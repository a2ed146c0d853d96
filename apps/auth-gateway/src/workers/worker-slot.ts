import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from '@keyfold/service-kit';
import { watchHandoffs } from './connection-handoff.js';
import { type FromPrimary, type FromWorker, isOurs, type ListeningAt } from './messages.js';

/** After this long a worker counts as one that works, and the next one is started at once if it dies. */
const SETTLED_AFTER_MS = 10_000;
const RESTART_MS = { first: 200, most: 5_000 };

/** What the pool does about a worker's messages. */
export interface SlotListener {
  listening(slot: WorkerSlot, at: ListeningAt): void;
  cannotStart(slot: WorkerSlot, sentence: string | null): void;
  message(slot: WorkerSlot, message: FromWorker): void;
  /** The process in the slot has ended. @returns whether another one is to follow */
  ended(slot: WorkerSlot): boolean;
}

const ARGUMENT = /^--worker-slot=(\d+)$/;

function workerArgument(slot: number): string {
  return `--worker-slot=${slot}`;
}

/** The slot that the primary has started this worker in, from its arguments. */
export function ownSlot(argv: readonly string[]): string {
  for (const argument of argv) {
    const slot = ARGUMENT.exec(argument)?.[1];
    if (slot !== undefined) return slot;
  }
  throw new Error('the primary has not said which slot this worker is in');
}

/**
 * The place of one worker: whoever dies in it is followed by another one, at once or after a while, until the place is
 * given up.
 */
export class WorkerSlot {
  private worker: Worker | undefined;
  private _isListening = false;
  private isGivenUp = false;
  private startedAtMs = 0;
  private restartMs = RESTART_MS.first;
  private restart: NodeJS.Timeout | undefined;
  /** Beats of the pool since the worker was heard of last; 0 while none listens. */
  silentBeats = 0;

  constructor(
    readonly number: number,
    private readonly listener: SlotListener,
    private readonly log: Logger,
  ) {}

  get isListening(): boolean {
    return this._isListening;
  }

  get pid(): number | undefined {
    return this.worker?.process.pid;
  }

  start(): void {
    // A start argument, so that it is there before the first message: `npm run` and process lists show it too.
    cluster.setupPrimary({ args: [workerArgument(this.number - 1)] });
    const worker = cluster.fork();
    this.worker = worker;
    this.startedAtMs = performance.now();
    worker.on('message', (message: unknown) => {
      if (isOurs(message)) this.take(message as FromWorker);
    });
    const closeLost = watchHandoffs(worker);
    // A message that cannot be sent is one to a worker that is about to be reported as ended.
    worker.on('error', () => undefined);
    worker.once('exit', (code, signal) => {
      closeLost();
      this.ended(code, signal);
    });
  }

  /** @returns false if no worker is listening */
  send(message: FromPrimary): boolean {
    return this._isListening && this.worker?.isConnected() === true && this.worker.send(message);
  }

  /** Kills a worker that no longer responds; another one follows. */
  kill(): void {
    this.worker?.process.kill('SIGKILL');
  }

  /** Starts none any more and asks the one that runs to end in order; resolves to whether it did within that time. */
  async stop(withinMs: number): Promise<boolean> {
    this.isGivenUp = true;
    clearTimeout(this.restart);
    const worker = this.worker;
    if (worker === undefined || worker.isDead()) return true;
    const wasListening = this._isListening;
    const ended = once(worker, 'exit');
    const killer = setTimeout(() => worker.process.kill('SIGKILL'), withinMs);
    worker.process.kill('SIGTERM');
    const [code] = (await ended) as [number | null];
    clearTimeout(killer);
    // One that was still starting has nothing to end in order.
    return code === 0 || !wasListening;
  }

  private take(message: FromWorker): void {
    this.silentBeats = 0;
    if (message.keyfold === 'listening') {
      this._isListening = true;
      this.listener.listening(this, message.at);
    } else if (message.keyfold === 'cannot-start') this.listener.cannotStart(this, message.sentence);
    else this.listener.message(this, message);
  }

  private ended(code: number | null, signal: string | null): void {
    const hadListened = this._isListening;
    this._isListening = false;
    this.silentBeats = 0;
    this.worker = undefined;
    if (!this.listener.ended(this) || this.isGivenUp) return;
    const hadSettled = hadListened && performance.now() - this.startedAtMs > SETTLED_AFTER_MS;
    this.restartMs = hadSettled ? RESTART_MS.first : Math.min(this.restartMs * 2, RESTART_MS.most);
    this.log.error(
      { worker: this.number, code, signal, restartMs: this.restartMs },
      'a worker has ended; another one is started',
    );
    this.restart = setTimeout(() => {
      this.start();
    }, this.restartMs);
  }
}
