import type { AccessReason } from '@keyfold/domain';
import type { Span, Tracing } from '@keyfold/service-kit';
import type { Authenticator } from '../authentication/authenticator.js';
import type { RequestLimits, Surface, Verdict } from '../authentication/verdict.js';
import { KeySignIn, type KeySignInRecords } from './key-sign-in.js';

/**
 * The same where tracing is on: each decision is a span that says surface, result and reason, and nothing of whom it is
 * about.
 */
export class TracedSignIn extends KeySignIn {
  constructor(
    authenticator: Authenticator,
    records: KeySignInRecords,
    private readonly tracing: Tracing,
  ) {
    super(authenticator, records);
  }

  override byAuthorization(surface: Surface, authorization: string, limits: RequestLimits): Verdict | Promise<Verdict> {
    const span = this.begin(surface);
    const verdict = super.byAuthorization(surface, authorization, limits);
    return verdict instanceof Promise ? this.ended(span, verdict) : this.decided(span, verdict);
  }

  override byKey(
    surface: Surface,
    presented: { username: string; key: string },
    limits: RequestLimits,
  ): Promise<Verdict> {
    return this.ended(this.begin(surface), super.byKey(surface, presented, limits));
  }

  override count(surface: Surface, reason: AccessReason): void {
    super.count(surface, reason);
    this.refused(this.begin(surface), reason);
  }

  private begin(surface: Surface): Span {
    return this.tracing.beginInside('decide', { 'keyfold.surface': surface });
  }

  private async ended(span: Span, verdict: Promise<Verdict>): Promise<Verdict> {
    try {
      return this.decided(span, await verdict);
    } catch (error) {
      this.tracing.fail(span, error);
      span.end();
      throw error;
    }
  }

  private decided(span: Span, verdict: Verdict): Verdict {
    if (verdict.allowed) span.setAttribute('keyfold.result', 'allowed').end();
    else this.refused(span, verdict.reason);
    return verdict;
  }

  private refused(span: Span, reason: AccessReason): void {
    span.setAttributes({ 'keyfold.result': 'refused', 'keyfold.reason': reason }).end();
  }
}
