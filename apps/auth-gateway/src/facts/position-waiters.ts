interface Waiter {
  readonly size: number;
  readonly resolve: (isReached: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

/** Requests that wait for memory to reach a position, each with a time limit of its own. */
export class PositionWaiters {
  private readonly waiters = new Set<Waiter>();

  /** Resolves to true once {@link reached} names the position or a later one, to false after the time. */
  wait(size: number, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        resolve(false);
      }, withinMs);
      const waiter = { size, resolve, timer };
      this.waiters.add(waiter);
    });
  }

  reached(size: number): void {
    for (const waiter of this.waiters) {
      if (waiter.size > size) continue;
      this.waiters.delete(waiter);
      clearTimeout(waiter.timer);
      waiter.resolve(true);
    }
  }
}
