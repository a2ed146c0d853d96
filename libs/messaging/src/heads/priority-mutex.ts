interface Waiting {
  readonly priority: number;
  readonly begin: () => void;
}

/** A mutex whose waiters are served by priority, and in order of arrival within one priority. */
export class PriorityMutex {
  private isBusy = false;
  private readonly waiting: Waiting[] = [];

  /** @param priority the smallest is served first */
  async run<Result>(priority: number, work: () => Promise<Result>): Promise<Result> {
    if (this.isBusy) await this.acquired(priority);
    this.isBusy = true;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // Handed on without being free in between, so no newcomer overtakes those who wait.
      if (next !== undefined) next.begin();
      else this.isBusy = false;
    }
  }

  private acquired(priority: number): Promise<void> {
    return new Promise((begin) => {
      const behind = this.waiting.findIndex((other) => other.priority > priority);
      this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, { priority, begin });
    });
  }
}
