/** At most so many at once; more would only make each of them smaller. */
const MAX_RUNNING = 2;

/**
 * Says when a read that several requests share begins: behind everything that has arrived with them, and while others
 * run behind the first that ends. So what is asked for meanwhile joins in, and under load there are few reads of many
 * things instead of many of few.
 */
export class SharedReads {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param read begins to read; whoever asks before that may join in */
  async take<Result>(read: () => Promise<Result>): Promise<Result> {
    await this.turn();
    try {
      return await read();
    } finally {
      const next = this.waiting.shift();
      // The place is handed on without being freed.
      if (next !== undefined) next();
      else this.running -= 1;
    }
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => {
      if (this.running >= MAX_RUNNING) {
        this.waiting.push(resolve);
        return;
      }
      this.running += 1;
      // Requests that came in together are read one after the other, each in a turn of its own.
      setImmediate(resolve);
    });
  }
}
