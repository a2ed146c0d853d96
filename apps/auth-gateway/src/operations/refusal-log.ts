import type { AccessReason } from '@keyfold/domain';
import type { Logger } from '@keyfold/service-kit';
import type { Surface } from '../authentication/verdict.js';

const LINES_PER_SECOND = 5;

/**
 * Refusals as log lines, a few a second: a flood of guesses must not become a flood of lines. What was left out is
 * counted in the next line. Nothing that the caller sent is in them.
 */
export class RefusalLog {
  private second = 0;
  private lines = 0;
  private leftOut = 0;

  constructor(
    private readonly log: Logger,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  note(surface: Surface, reason: AccessReason): void {
    const second = Math.floor(this.nowMs() / 1_000);
    if (second !== this.second) {
      this.second = second;
      this.lines = 0;
    }
    if (this.lines >= LINES_PER_SECOND) {
      this.leftOut++;
      return;
    }
    this.lines++;
    this.log.info({ surface, reason, ...(this.leftOut > 0 ? { leftOut: this.leftOut } : {}) }, 'refused');
    this.leftOut = 0;
  }
}
