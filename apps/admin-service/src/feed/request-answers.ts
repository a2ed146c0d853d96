import { Injectable } from '@nestjs/common';
import { HeadService, LogForkedError, refusalBody, RefillService, RequestRefusedError } from '@keyfold/messaging';
import { Counter } from 'prom-client';
import { Metrics } from '../core/metrics.js';
import { ServiceLogger } from '../core/service-logger.js';

export type GatewayRequest = 'head' | 'refill';

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
  private readonly counter: Counter<'request' | 'result'>;

  constructor(
    private readonly heads: HeadService,
    private readonly refills: RefillService,
    private readonly logger: ServiceLogger,
    metrics: Metrics,
  ) {
    this.counter = new Counter({
      name: 'keyfold_gateway_requests_total',
      help: 'Requests of gateways for heads and refills',
      labelNames: ['request', 'result'],
      registers: [metrics.registry],
    });
  }

  async answer(kind: GatewayRequest, text: string): Promise<{ status: number; body: string }> {
    if (this.inProgress >= MAX_IN_PROGRESS) return this.refuse(kind, new Error('too many requests at once'));
    this.inProgress += 1;
    try {
      const body = kind === 'head' ? JSON.stringify(await this.heads.answer(text)) : await this.refills.answer(text);
      this.counter.inc({ request: kind, result: 'answered' });
      return { status: 200, body };
    } catch (error) {
      return this.refuse(kind, error);
    } finally {
      this.inProgress -= 1;
    }
  }

  private refuse(kind: GatewayRequest, error: unknown): { status: number; body: string } {
    const body = refusalBody(error);
    const { code } = body.error;
    this.counter.inc({ request: kind, result: code });
    const isExpected = error instanceof RequestRefusedError || error instanceof LogForkedError;
    const reason = error instanceof Error ? error.message : String(error);
    if (isExpected) this.logger.log.info({ kind, code, reason }, 'a gateway request was refused');
    else this.logger.log.error({ kind, reason }, 'a gateway request could not be answered');
    return { status: STATUS_OF_CODE[code] ?? 503, body: JSON.stringify(body) };
  }
}
