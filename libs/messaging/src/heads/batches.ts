/** A batch waits this long, from its first entry on, for the others that have asked lately. */
const GATHER_MS = 5;
/** Who has not asked for so long is not waited for. */
const LATELY_MS = 2_000;
/** More than these are never all there within that time, and come in bursts anyway. */
const MAX_GATHERED = 64;

/**
 * Collects entries and works on them together, one batch at a time: while one waits for Postgres the next is collected,
 * and the requests of one process are never worked on twice at once. Each is in a batch whose work begins after it has
 * come.
 *
 * A few that ask at the same moment, as gateways do when they have applied the same record, share a batch: begun for
 * the first of them alone, it would keep the others waiting for its commit before their own.
 */
export class Batches<Entry, Answer> {
  private waiting: { readonly entry: Entry; readonly settle: (answers: Promise<Answer>) => void }[] = [];
  private isRunning = false;
  private isStarting = false;
  private timer: { readonly dueAtMs: number; readonly handle: NodeJS.Timeout } | null = null;
  private firstCameAtMs = 0;
  /** Who has asked lately, and when last. */
  private readonly askers = new Map<string, number>();
  private readonly askersHere = new Set<string>();

  /**
   * @param options.work makes an answer for each entry, in their order; an answer that throws concerns its entry alone
   * @param options.askerOf who asks; asks again and again
   */
  constructor(
    private readonly options: {
      readonly work: (entries: readonly Entry[]) => Promise<readonly (() => Answer)[]>;
      readonly askerOf: (entry: Entry) => string;
    },
  ) {}

  /** @returns the entry's answer */
  take(entry: Entry): Promise<Answer> {
    return new Promise((resolve) => {
      const nowMs = performance.now();
      const asker = this.options.askerOf(entry);
      if (this.waiting.length === 0) this.firstCameAtMs = nowMs;
      this.waiting.push({ entry, settle: resolve });
      this.askersHere.add(asker);
      this.askers.set(asker, nowMs);
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.isStarting || this.isRunning || this.waiting.length === 0) return;
    const nowMs = performance.now();
    const dueAtMs = this.firstCameAtMs + (this.isGathering() ? GATHER_MS : 0);
    if (dueAtMs <= nowMs) {
      this.isStarting = true;
      // Not in this event-loop turn: requests that arrive together are read one after the other.
      setImmediate(() => void this.begin());
    } else if (this.timer === null || dueAtMs < this.timer.dueAtMs) {
      clearTimeout(this.timer?.handle);
      const handle = setTimeout(() => {
        this.timer = null;
        this.schedule();
      }, dueAtMs - nowMs);
      this.timer = { dueAtMs, handle };
    }
  }

  private isGathering(): boolean {
    return this.askersHere.size < this.askers.size && this.askers.size <= MAX_GATHERED;
  }

  private async begin(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    this.askersHere.clear();
    this.isStarting = false;
    this.isRunning = true;
    this.forgetAbsent();
    const answers = this.options.work(batch.map(({ entry }) => entry));
    for (const [at, { settle }] of batch.entries()) settle(answers.then((all) => (all[at] ?? unanswered)()));
    await answers.catch(() => undefined);
    this.isRunning = false;
    this.schedule();
  }

  private forgetAbsent(): void {
    const nowMs = performance.now();
    for (const [asker, atMs] of this.askers) if (nowMs - atMs > LATELY_MS) this.askers.delete(asker);
  }
}

function unanswered(): never {
  throw new Error('an entry of a batch was not answered');
}
