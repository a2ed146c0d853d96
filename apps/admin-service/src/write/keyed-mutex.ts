import { WriteUnavailableError } from './write-error.js';

/** Behind so many, each taking some milliseconds, a client's patience ends. */
const MAX_WAITING = 500;

/**
 * Lets the writers of one thing go one after the other. Two that decide on the same version cannot both be appended, so
 * all but one of those who decide at once have worked for nothing. Other replicas know nothing of this mutex: the
 * version is still what counts.
 */
export class KeyedMutex {
  private readonly queues = new Map<string, { last: Promise<unknown>; waiting: number }>();

  /** @throws WriteUnavailableError if the queue is full */
  async run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const queue = this.queues.get(name) ?? { last: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= MAX_WAITING) throw WriteUnavailableError.tooMany();
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
