import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/logger.js';
import type { ProblemError } from './problem.js';
import { problemOfError } from './problem-of-error.js';
import { sendProblem } from './send-problem.js';

/** Answers every error of a Nest application as `application/problem+json`. Register it globally. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  /**
   * @param isUnavailability tells what a service's own parts throw when its database is away; that is a 503, not a
   *   fault of the service
   * @param ofService what the service makes of errors of its own
   */
  constructor(
    private readonly logger: Logger,
    private readonly isUnavailability: (error: unknown) => boolean = () => false,
    private readonly ofService: (error: unknown) => ProblemError | undefined = () => undefined,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { problem, expected } = problemOfError(error, this.isUnavailability, this.ofService);
    const request = http.getRequest<FastifyRequest>();
    if (!expected) this.logger.error({ err: error, requestId: request.id, status: problem.status }, 'a request failed');
    void sendProblem(http.getResponse<FastifyReply>(), problem);
  }
}
