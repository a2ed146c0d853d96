import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';

export interface AnswerHeaders {
  /** Overrides the route's own status. */
  readonly status?: number;
  /** Position of the write's last event, or of the head if it changed nothing. */
  readonly position?: number;
  /**
   * What `Prefer: wait` waits for: the record that brought about what a write without an event found done. `position`
   * unless given; null where nothing was to be written (a preview).
   */
  readonly confirms?: number | null;
  /** Stream version of the single resource that is the body. */
  readonly version?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A body together with what belongs in the headers. A controller that needs neither returns the body alone. */
export class Answer<Body> {
  constructor(
    readonly body: Body,
    readonly meta: AnswerHeaders = {},
  ) {}
}

/** Unwraps an Answer into headers and body. */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(map((value: unknown) => (value instanceof Answer ? unwrap(value, reply) : value)));
  }
}

function unwrap(answer: Answer<unknown>, reply: FastifyReply): unknown {
  const { status, position, version, headers } = answer.meta;
  if (status !== undefined) void reply.status(status);
  if (position !== undefined) void reply.header('keyfold-position', String(position));
  if (version !== undefined) void reply.header('etag', entityTag(version));
  if (headers) void reply.headers({ ...headers });
  return answer.body;
}

/** A strong entity tag (RFC 9110, 8.8.3): the version of the resource's stream. */
function entityTag(version: number): string {
  return `"${version}"`;
}
