import { SharedReads } from '@keyfold/event-store';

/**
 * A read that callers share. Each gets one that begins after it has asked: the next one to begin, which all who ask until then join. So
 * however many ask at once, there are few reads, and none answers with what was true before the question.
 */
export class JoinedReads<Result> {
  private readonly reads = new SharedReads();
  private next: Promise<Result> | undefined;

  constructor(private readonly read: () => Promise<Result>) {}

  take(): Promise<Result> {
    this.next ??= this.reads.take(() => {
      this.next = undefined;
      return this.read();
    });
    return this.next;
  }
}
