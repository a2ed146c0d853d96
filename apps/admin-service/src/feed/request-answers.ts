import { Injectable } from '@nestjs/common';
import { HeadService, refusalBody, RefillService } from '@keyfold/messaging';
import { UseReports } from '../use/use-reports.js';
import { RequestOutcomes, type GatewayRequest } from './request-outcomes.js';

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  MALFORMED_REQUEST: 400,
  NOT_AUTHENTICATED: 401,
  AHEAD_OF_LOG: 409,
  UNKNOWN_CHECKPOINT: 409,
};
/** Requests that are being answered at once; more than that means the database is not keeping up. */
const MAX_IN_PROGRESS = 512;

/** Answers gateways' requests in the form that both ways carry: one JSON text, and a status for HTTP. Never throws. */
@Injectable()
export class RequestAnswers {
  private inProgress = 0;

  constructor(
    private readonly heads: HeadService,
    private readonly refills: RefillService,
    private readonly uses: UseReports,
    private readonly outcomes: RequestOutcomes,
  ) {}

  /** @param maxReplyBytes what the way of the request carries, where that is known */
  async answer(kind: GatewayRequest, text: string, maxReplyBytes?: number): Promise<{ status: number; body: string }> {
    if (this.inProgress >= MAX_IN_PROGRESS) return this.refuse(kind, new Error('too many requests at once'));
    this.inProgress += 1;
    try {
      const body = await this.bodyOf(kind, text, maxReplyBytes);
      this.outcomes.answered(kind);
      return { status: 200, body };
    } catch (error) {
      return this.refuse(kind, error);
    } finally {
      this.inProgress -= 1;
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
