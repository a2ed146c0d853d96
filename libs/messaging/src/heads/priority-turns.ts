interface Waiting {
  readonly priority: number;
  readonly begin: () => void;
}

/** Lets work run one at a time. What is more urgent goes first; what is as urgent goes in the order in which it came. */
export class PriorityTurns {
  private isBusy = false;
  private readonly waiting: Waiting[] = [];

  /** @param priority the smaller, the sooner */
  async take<Result>(priority: number, work: () => Promise<Result>): Promise<Result> {
    if (this.isBusy) await this.turn(priority);
    this.isBusy = true;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // The turn is handed on without being free in between.
      if (next !== undefined) next.begin();
      else this.isBusy = false;
    }
  }

  private turn(priority: number): Promise<void> {
    return new Promise((begin) => {
      const behind = this.waiting.findIndex((other) => other.priority > priority);
      this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, { priority, begin });
    });
  }
}
