import { type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { concatMap, type Observable } from 'rxjs';
import { z } from 'zod';
import { Answer } from './answer.js';
import { Instant } from './fields.js';
import { readWait } from './prefer.js';

export const ConfirmationResource = z
  .object({
    status: z.enum(['confirmed', 'pending']),
    position: z.int(),
    gateways: z.array(
      z.object({
        gatewayId: z.string(),
        appliedPosition: z.int(),
        by: z.enum(['applied', 'lease-ended']).nullable(),
        confirmedAt: Instant.nullable(),
        leaseUntil: Instant,
      }),
    ),
  })
  .meta({ id: 'Confirmation' });
export type Confirmation = z.output<typeof ConfirmationResource>;

/** Tells when no gateway can miss a write any more. The feature that knows the lease rows implements it. */
export abstract class Confirmations {
  /**
   * Waits until every process with a lease has applied the position, or its lease is over. The position must be
   * committed.
   *
   * @param options.waitSeconds 0: answers with what one read of the rows says
   * @param options.reader an actor who may read the receipt beside those whom the record names
   * @param options.signal ends the wait early
   */
  abstract confirm(
    position: number,
    options: { readonly waitSeconds: number; readonly reader?: string; readonly signal?: AbortSignal },
  ): Promise<Confirmation>;
}

/**
 * `Prefer: wait=N` on every write of a signed-in caller, in this one place: the write is done, its answer is held back
 * until it is confirmed or the time is up, and goes out with what the gateways have done. On routes without sign-in the
 * preference is not honoured: the answer would show the gateways to anybody.
 */
export class ConfirmationInterceptor implements NestInterceptor {
  constructor(private readonly confirmations: Confirmations) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (request.method === 'GET' || request.method === 'HEAD') return next.handle();
    // Before the write: a header that cannot be read is a 400, and nothing happens.
    const waitSeconds = readWait(request.headers['prefer']);
    const reader = request.caller?.actor;
    if (waitSeconds === null || reader === undefined) return next.handle();
    const signal = closedSignal(http.getResponse<FastifyReply>());
    return next.handle().pipe(concatMap((answer: unknown) => this.held(answer, { waitSeconds, reader, signal })));
  }

  private async held(
    answer: unknown,
    options: { readonly waitSeconds: number; readonly reader: string; readonly signal: AbortSignal },
  ): Promise<unknown> {
    if (!(answer instanceof Answer)) return answer;
    const position = answer.meta.confirms === undefined ? answer.meta.position : answer.meta.confirms;
    if (position === undefined || position === null) return answer;
    const confirmation = await this.confirmations.confirm(position, options);
    return withConfirmation(answer, confirmation);
  }
}

function withConfirmation({ body, meta }: Answer<unknown>, confirmation: Confirmation): Answer<object> {
  const members = typeof body === 'object' ? body : null;
  const confirmed = members === null ? { status: 200 } : {};
  const status = confirmation.status === 'pending' ? { status: 202 } : confirmed;
  return new Answer({ ...members, confirmation }, { ...meta, ...status });
}

/** Aborted once the client has gone, so that nothing waits for nobody. */
function closedSignal({ raw }: FastifyReply): AbortSignal {
  const closed = new AbortController();
  raw.once('close', () => {
    closed.abort();
  });
  return closed.signal;
}
