import type { AccessReason } from '@keyfold/domain';
import type { Authenticator } from '../authentication/authenticator.js';
import type { RequestLimits, Surface, Verdict } from '../authentication/verdict.js';
import type { DecisionCounts } from '../operations/decision-counts.js';
import type { DecisionDurations } from '../operations/decision-durations.js';
import type { RefusalLog } from '../operations/refusal-log.js';
import type { UseRecorder } from '../use/use-recorder.js';

/** Where it is written down what became of requests. */
export interface KeySignInRecords {
  readonly counts: DecisionCounts;
  readonly durations: DecisionDurations;
  readonly refusals: RefusalLog;
  readonly uses: UseRecorder;
}

/**
 * The authenticator as the surfaces use it: each verdict is counted and timed, each refusal may be logged, and what a
 * key was used for is noted.
 */
export class KeySignIn {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly records: KeySignInRecords,
  ) {}

  /** The verdict on an Authorization value: at once if nothing has to be waited for. */
  byAuthorization(surface: Surface, authorization: string, limits: RequestLimits): Verdict | Promise<Verdict> {
    const begunAtMs = this.records.durations.begin();
    const known = this.authenticator.decideKnown(authorization, limits);
    if (known === undefined) return this.prove(surface, authorization, limits);
    this.records.durations.madeInTurn(surface, begunAtMs);
    return this.note(surface, known, limits.ip);
  }

  /** The verdict on a user name and a key. */
  async byKey(surface: Surface, presented: { username: string; key: string }, limits: RequestLimits): Promise<Verdict> {
    const begunAtMs = this.records.durations.beginWaiting();
    const verdict = await this.authenticator.authenticate(presented.username, presented.key, limits);
    this.records.durations.made(surface, begunAtMs);
    return this.note(surface, verdict, limits.ip);
  }

  private async prove(surface: Surface, authorization: string, limits: RequestLimits): Promise<Verdict> {
    const begunAtMs = this.records.durations.beginWaiting();
    const verdict = await this.authenticator.authenticateBasic(authorization, limits);
    this.records.durations.made(surface, begunAtMs);
    return this.note(surface, verdict, limits.ip);
  }

  /** Counts a refusal that needed no verdict. */
  count(surface: Surface, reason: AccessReason): void {
    this.records.counts.refused(surface, reason);
  }

  private note(surface: Surface, verdict: Verdict, ip: string | null): Verdict {
    if (verdict.allowed) {
      this.records.counts.allowed(surface);
      this.records.uses.noteUse(verdict.held, ip, surface);
    } else {
      this.records.counts.refused(surface, verdict.reason);
      this.records.refusals.note(surface, verdict.reason);
      if (verdict.retiredKeyId !== undefined) this.records.uses.noteRetired(verdict.retiredKeyId, ip);
    }
    return verdict;
  }
}
