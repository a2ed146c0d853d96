/** A batch waits this long at most for further entries. */
const MAX_LINGER_MS = 50;
/**
 * Entries a second for each millisecond that batches wait: a handful of gateways waits for nothing, a thousand share
 * twenty batches a second.
 */
const ENTRIES_PER_LINGER_MS = 20;
/** Over which the rate of entries is averaged. */
const AVERAGED_MS = 1_000;

/**
 * Collects entries and works on them together, one batch at a time: while one waits for Postgres the next is collected,
 * and the requests of one process are never worked on twice at once. Each is in a batch whose work begins after it has
 * come. The more come, the longer batches wait for one another, so the number of batches a second stays bounded.
 */
export class Batches<Entry, Answer> {
  private waiting: { readonly entry: Entry; readonly settle: (answers: Promise<Answer>) => void }[] = [];
  private isRunning = false;
  private isDue = false;
  private beganAtMs = Number.NEGATIVE_INFINITY;
  /** Entries of the last second, older ones counting less and less. */
  private recent = 0;

  /** @param work makes an answer for each entry, in their order; an answer that throws concerns its entry alone */
  constructor(private readonly work: (entries: readonly Entry[]) => Promise<readonly (() => Answer)[]>) {}

  /** @returns the entry's answer */
  take(entry: Entry): Promise<Answer> {
    return new Promise((resolve) => {
      this.waiting.push({ entry, settle: resolve });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.isDue || this.isRunning || this.waiting.length === 0) return;
    this.isDue = true;
    const begin = (): void => {
      this.isDue = false;
      void this.begin();
    };
    const lingerMs = Math.min(MAX_LINGER_MS, this.recent / ENTRIES_PER_LINGER_MS);
    const inMs = this.beganAtMs + lingerMs - performance.now();
    // Not in this event-loop turn: requests that arrive together are read one after the other.
    if (inMs > 0) setTimeout(begin, inMs);
    else setImmediate(begin);
  }

  private async begin(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    this.isRunning = true;
    this.count(batch.length);
    const answers = this.work(batch.map(({ entry }) => entry));
    for (const [at, { settle }] of batch.entries()) settle(answers.then((all) => (all[at] ?? unanswered)()));
    await answers.catch(() => undefined);
    this.isRunning = false;
    this.schedule();
  }

  private count(entries: number): void {
    const nowMs = performance.now();
    this.recent = this.recent * Math.exp((this.beganAtMs - nowMs) / AVERAGED_MS) + entries;
    this.beganAtMs = nowMs;
  }
}

function unanswered(): never {
  throw new Error('an entry of a batch was not answered');
}
