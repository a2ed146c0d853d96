import type { AccessReason } from '@keyfold/domain';
import type { Authenticator } from '../authentication/authenticator.js';
import type { RequestLimits, Surface, Verdict } from '../authentication/verdict.js';
import type { DecisionCounts } from '../operations/decision-counts.js';
import type { RefusalLog } from '../operations/refusal-log.js';
import type { UseRecorder } from '../use/use-recorder.js';

/** The authenticator as the surfaces use it: each verdict is counted, each refusal may be logged, and what a key was used for is noted. */
export class SignIn {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly counts: DecisionCounts,
    private readonly refusals: RefusalLog,
    private readonly uses: UseRecorder,
  ) {}

  /** The verdict on an Authorization value: at once if nothing has to be waited for. */
  byAuthorization(surface: Surface, authorization: string, limits: RequestLimits): Verdict | Promise<Verdict> {
    const known = this.authenticator.decideKnown(authorization, limits);
    if (known !== undefined) return this.note(surface, known, limits.ip);
    return this.authenticator
      .authenticateBasic(authorization, limits)
      .then((verdict) => this.note(surface, verdict, limits.ip));
  }

  /** The verdict on a user name and a key. */
  async byKey(surface: Surface, presented: { username: string; key: string }, limits: RequestLimits): Promise<Verdict> {
    const verdict = await this.authenticator.authenticate(presented.username, presented.key, limits);
    return this.note(surface, verdict, limits.ip);
  }

  /** Counts a refusal that needed no verdict. */
  count(surface: Surface, reason: AccessReason): void {
    this.counts.refused(surface, reason);
  }

  private note(surface: Surface, verdict: Verdict, ip: string | null): Verdict {
    if (verdict.allowed) {
      this.counts.allowed(surface);
      this.uses.noteUse(verdict.identity.keyId, ip, surface);
    } else {
      this.counts.refused(surface, verdict.reason);
      this.refusals.note(surface, verdict.reason);
      if (verdict.retiredKeyId !== undefined) this.uses.noteRetired(verdict.retiredKeyId, ip);
    }
    return verdict;
  }
}
