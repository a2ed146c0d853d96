import type { NatsLink } from '@keyfold/messaging';
import { TRACE_FIELDS, type Logger, type Tracing } from '@keyfold/service-kit';
import type { Msg } from '@nats-io/transport-node';
import { VERIFY_SUBJECT, VerifyStrategy } from './verify-strategy.js';

/** The same where tracing is on: each question is a span, a part of the trace that its headers name. */
export class TracedVerifyStrategy extends VerifyStrategy {
  constructor(
    link: NatsLink,
    log: Logger,
    private readonly tracing: Tracing,
  ) {
    super(link, log);
  }

  protected override async answer(message: Msg): Promise<void> {
    const headers = Object.fromEntries([...TRACE_FIELDS].map((name) => [name, message.headers?.get(name)]));
    await this.tracing.aroundAnswer(VERIFY_SUBJECT, headers, () => super.answer(message));
  }
}
