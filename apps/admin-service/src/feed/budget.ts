/**
 * How much of one kind of work is done at once, and how much more may wait for that. Each kind has a budget of its own,
 * so that none can take the database, the memory or the patience of the others.
 */
export class Budget {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limits: { readonly running: number; readonly waiting: number }) {}

  /** @throws Error if too many wait already */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.limits.running) await this.turn();
    else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // The place is handed on without being freed.
      if (next !== undefined) next();
      else this.running -= 1;
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.limits.waiting) throw new Error('too many requests at once');
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
