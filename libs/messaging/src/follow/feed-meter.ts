import type { FeedLog } from '../ports/feed-log.js';
import type { FeedProblem } from '../protocol/errors.js';
import type { FeedStatus } from './feed-status.js';

/** Counts what the follower does and tells who listens when its state changes. */
export class FeedMeter {
  private state: FeedStatus['state'] = 'starting';
  private lastProblem: FeedProblem | null = null;
  private appliedSize = 0;
  private appliedRecords = 0;
  private refills = 0;
  private rejections = 0;
  private readonly listeners = new Set<(status: FeedStatus) => void>();

  constructor(
    private readonly log: FeedLog,
    private readonly surroundings: () => Pick<FeedStatus, 'isBrokerConnected' | 'knownHeadSize'>,
  ) {}

  status(): FeedStatus {
    const { appliedRecords, appliedSize, lastProblem, refills, rejections, state } = this;
    const lastError = lastProblem === null ? null : { code: lastProblem.code, detail: lastProblem.message };
    return { state, appliedSize, appliedRecords, refills, rejections, lastError, ...this.surroundings() };
  }

  /** @returns the function that ends the subscription */
  onStatus(listener: (status: FeedStatus) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  applied(size: number, records: number): void {
    this.appliedSize = size;
    this.appliedRecords += records;
    this.tell();
  }

  streaming(): void {
    this.lastProblem = null;
    this.enter('streaming');
  }

  refilled(): void {
    this.refills += 1;
    this.enter('refilling');
  }

  /** Something did not verify or did not come. */
  rejected(problem: FeedProblem): void {
    if (problem.code !== 'ADMIN_UNREACHABLE') this.rejections += 1;
    this.report(problem);
  }

  /** The handler did not accept a batch. */
  failed(problem: FeedProblem): void {
    this.report(problem);
    this.enter('failing');
  }

  stopped(): void {
    this.enter('stopped');
  }

  private report(problem: FeedProblem): void {
    const isNews = this.lastProblem?.code !== problem.code || this.lastProblem.message !== problem.message;
    this.lastProblem = problem;
    if (isNews)
      this.log.error(
        { code: problem.code, reason: problem.message },
        'the feed delivered nothing that could be applied',
      );
    if (problem.code === 'ADMIN_UNREACHABLE') this.enter('failing');
    else this.tell();
  }

  private enter(state: FeedStatus['state']): void {
    if (this.state === state) return;
    this.state = state;
    this.log.info({ state }, 'feed state');
    this.tell();
  }

  private tell(): void {
    if (this.listeners.size === 0) return;
    const status = this.status();
    for (const listener of this.listeners) listener(status);
  }
}
