import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { LogForkedError, RequestRefusedError } from '@keyfold/messaging';
import { Metrics } from '../platform/metrics.js';
import { ServiceLogger } from '../platform/service-logger.js';

const REQUESTS = ['head', 'refill', 'use'] as const;
export type GatewayRequest = (typeof REQUESTS)[number];

/** What became of gateways' requests, in the metrics and, where one was refused, in the log. */
@Injectable()
export class RequestOutcomes {
  private readonly counter: Counter<'request' | 'result'>;

  constructor(
    private readonly logger: ServiceLogger,
    metrics: Metrics,
  ) {
    this.counter = new Counter({
      name: 'keyfold_gateway_requests_total',
      help: 'Requests of gateways for heads and refills, and their use reports',
      labelNames: ['request', 'result'],
      registers: [metrics.registry],
    });
    for (const request of REQUESTS) this.counter.inc({ request, result: 'answered' }, 0);
  }

  answered(kind: string): void {
    this.counter.inc({ request: kind, result: 'answered' });
  }

  refused(kind: string, code: string, error: unknown): void {
    this.counter.inc({ request: kind, result: code });
    const isExpected = error instanceof RequestRefusedError || error instanceof LogForkedError;
    const reason = error instanceof Error ? error.message : String(error);
    if (isExpected) this.logger.log.info({ kind, code, reason }, 'a gateway request was refused');
    else this.logger.log.error({ kind, reason }, 'a gateway request could not be answered');
  }
}
