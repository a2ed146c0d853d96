/**
 * A read that callers share. Each gets one that begins after it has asked: the next one to begin, which all who ask until then join. So
 * however many ask at once, there are few reads, and none answers with what was true before the question.
 */
export class JoinedReads<Result> {
  private next: Promise<Result> | undefined;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param maxRunning at once; the next one waits for one of them to end */
  constructor(
    private readonly read: () => Promise<Result>,
    private readonly maxRunning = 2,
  ) {}

  take(): Promise<Result> {
    this.next ??= this.begin();
    return this.next;
  }

  private async begin(): Promise<Result> {
    await this.turn();
    this.next = undefined;
    try {
      return await this.read();
    } finally {
      const next = this.waiting.shift();
      // The place is handed on without being freed.
      if (next !== undefined) next();
      else this.running -= 1;
    }
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => {
      if (this.running >= this.maxRunning) {
        this.waiting.push(resolve);
        return;
      }
      this.running += 1;
      // Behind everything that has come in with this request.
      setImmediate(resolve);
    });
  }
}
