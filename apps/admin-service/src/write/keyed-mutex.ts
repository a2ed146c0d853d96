import { ProblemError } from '@keyfold/service-kit';

/** Behind so many, each taking some milliseconds, a client's patience ends. */
const MAX_WAITING = 500;

/**
 * Lets the writers of one thing go one after the other. Two that decide on the same version cannot both be appended, so all but one of those
 * who decide at once have worked for nothing. Other replicas know nothing of these turns: the version is still what counts.
 */
export class Turns {
  private readonly queues = new Map<string, { last: Promise<unknown>; waiting: number }>();

  /** @throws ProblemError 503 if the queue is full */
  async take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const queue = this.queues.get(name) ?? { last: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= MAX_WAITING)
      throw new ProblemError(503, 'UNAVAILABLE', 'Too many writes to the same thing at once.', {
        headers: { 'retry-after': '1' },
      });
    queue.waiting += 1;
    this.queues.set(name, queue);
    const result = queue.last.then(work);
    queue.last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      queue.waiting -= 1;
      if (queue.waiting === 0) this.queues.delete(name);
    }
  }
}
