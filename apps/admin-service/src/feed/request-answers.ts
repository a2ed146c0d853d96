import { Injectable } from '@nestjs/common';
import { HeadService, RefillService, refusalBody } from '@keyfold/messaging';
import { UseReports } from '../features/last-used/use-reports.js';
import { Budget } from './budget.js';
import { type GatewayRequest, RequestOutcomes } from './request-outcomes.js';

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  MALFORMED_REQUEST: 400,
  NOT_AUTHENTICATED: 401,
  BAD_PROCESS: 400,
  NO_LEASE: 403,
  AHEAD_OF_LOG: 409,
  UNKNOWN_CHECKPOINT: 409,
};
/**
 * Heads that are asked for together share a read and cost the database next to nothing, so all gateways may ask at
 * once. A refill reads up to hundreds of records, and a use report writes as many rows: together they take half of the
 * connections, however many ask.
 */
const budgets = (): Readonly<Record<GatewayRequest, Budget>> => ({
  head: new Budget({ running: 1_024, waiting: 0 }),
  refill: new Budget({ running: 6, waiting: 250 }),
  use: new Budget({ running: 4, waiting: 250 }),
});

/** Answers gateways' requests in the form that both ways carry: one JSON text, and a status for HTTP. Never throws. */
@Injectable()
export class RequestAnswers {
  private readonly budgets = budgets();

  constructor(
    private readonly heads: HeadService,
    private readonly refills: RefillService,
    private readonly uses: UseReports,
    private readonly outcomes: RequestOutcomes,
  ) {}

  /** @param maxReplyBytes what the way of the request carries, where that is known */
  async answer(kind: GatewayRequest, text: string, maxReplyBytes?: number): Promise<{ status: number; body: string }> {
    try {
      const body = await this.budgets[kind].take(() => this.bodyOf(kind, text, maxReplyBytes));
      this.outcomes.answered(kind);
      return { status: 200, body };
    } catch (error) {
      return this.refuse(kind, error);
    }
  }

  private bodyOf(kind: GatewayRequest, text: string, maxReplyBytes: number | undefined): Promise<string> {
    switch (kind) {
      case 'head':
        return this.heads.answer(text);
      case 'refill':
        return this.refills.answer(text, maxReplyBytes);
      case 'use':
        return this.uses.take(text);
    }
  }

  /** What is answered instead, counted and logged. */
  refuse(kind: GatewayRequest, error: unknown): { status: number; body: string } {
    const body = refusalBody(error);
    const { code } = body.error;
    this.outcomes.refused(kind, code, error);
    return { status: STATUS_OF_CODE[code] ?? 503, body: JSON.stringify(body) };
  }
}
