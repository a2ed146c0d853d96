import { LRUCache } from 'lru-cache';
import type { JsonValue, RateLimit } from '@keyfold/domain';
import type { PrimaryAnswers, Siblings } from '../workers/siblings.js';
import { type KeyLimits, keyReached, type RequestCounter } from './key-limits.js';
import type { ReachedLimit } from './reached-limit.js';

const TOPIC = 'key-limits';
/** Keys that are known to wait; one more that is forgotten costs a question. */
const MAX_WAITING = 10_000;

/** The primary has not said whether a key has reached its limit. */
export class LimitsUnavailableError extends Error {
  override readonly name = 'LimitsUnavailableError';
}

/** A question to the primary, and who waits for its answer. */
interface Question {
  readonly keyId: string;
  readonly limit: RateLimit;
  readonly resolve: (reached: ReachedLimit | null) => void;
  readonly reject: (error: Error) => void;
}

interface Waiting {
  readonly limit: RateLimit;
  readonly untilMs: number;
}

/**
 * Limits of keys in a gateway of several processes: the primary counts for all of them, so that a limit holds for the
 * whole gateway however the connections are spread. Whoever has reached a limit is refused without asking until the
 * time has come that the primary has named; a limit that is another one by then is asked about again.
 */
export class SharedKeyLimits implements RequestCounter {
  private readonly waiting = new LRUCache<string, Waiting>({ max: MAX_WAITING });
  private questions: Question[] = [];

  /** @param nowMs a clock that never goes back */
  constructor(
    private readonly siblings: Siblings,
    private readonly nowMs: () => number,
  ) {}

  take(keyId: string, { requests, seconds }: RateLimit): ReachedLimit | undefined {
    const waiting = this.waiting.get(keyId);
    if (waiting?.limit.requests !== requests || waiting.limit.seconds !== seconds) return undefined;
    const leftMs = waiting.untilMs - this.nowMs();
    return leftMs > 0 ? keyReached(waiting.limit, leftMs) : undefined;
  }

  /** Questions of one turn of the event loop go together. */
  ask(keyId: string, limit: RateLimit): Promise<ReachedLimit | null> {
    return new Promise((resolve, reject) => {
      if (this.questions.length === 0) setImmediate(() => void this.send());
      this.questions.push({ keyId, limit, resolve, reject });
    });
  }

  private async send(): Promise<void> {
    const questions = this.questions;
    this.questions = [];
    const answer = await this.siblings.ask(
      TOPIC,
      questions.map(({ keyId, limit }) => [keyId, limit.requests, limit.seconds]),
    );
    const waits = Array.isArray(answer) ? (answer as readonly JsonValue[]) : [];
    for (const [at, question] of questions.entries()) this.settle(question, waits[at]);
  }

  private settle({ keyId, limit, reject, resolve }: Question, waitMs: JsonValue | undefined): void {
    if (waitMs === null) {
      resolve(null);
    } else if (typeof waitMs === 'number') {
      this.waiting.set(keyId, { limit, untilMs: this.nowMs() + waitMs });
      resolve(keyReached(limit, waitMs));
    } else reject(new LimitsUnavailableError('the primary has not answered'));
  }
}

/** The primary's side. */
export function answersOf(limits: KeyLimits): PrimaryAnswers {
  return {
    [TOPIC]: (body) =>
      (body as [string, number, number][]).map(([keyId, requests, seconds]) =>
        limits.count(keyId, { requests, seconds }),
      ),
  };
}
