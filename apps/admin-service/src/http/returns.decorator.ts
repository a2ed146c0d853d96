import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { problemResponse, type ResponseHeaders } from './problem-response.js';

/**
 * The status and body of a route's answer, for Nest and for the OpenAPI document alike.
 *
 * @param schema the body's schema; null where there is none (204)
 * @param options.problems statuses of the problem answers that are this route's own, besides those that every route may
 *   give
 * @param options.limited of these, the statuses whose answers say in RateLimit fields how much is left
 */
export function Returns(
  status: number,
  schema: z.ZodType | null,
  options: { description?: string; problems?: readonly number[]; limited?: readonly number[] } = {},
): MethodDecorator {
  const { description = '', limited = [], problems = [] } = options;
  const headers = limited.includes(status) ? { headers: RATE_LIMIT } : {};
  return applyDecorators(
    HttpCode(status),
    ApiResponse(
      schema ? { status, description, standardSchema: schema, ...headers } : { status, description, ...headers },
    ),
    ...[400, ...problems].map((problem) => ApiResponse(problemResponse(problem, headersOf(problem, limited)))),
    ApiResponse(problemResponse('default')),
  );
}

const RATE_LIMIT: ResponseHeaders = {
  RateLimit: {
    description: 'What is left of each limit and for how long, as `"name";r=rest;t=seconds`.',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': {
    description: 'The limits, as `"name";q=quota;w=seconds`.',
    schema: { type: 'string' },
  },
};

const RETRY_AFTER: ResponseHeaders = {
  'Retry-After': { description: 'Seconds after which to try again.', schema: { type: 'integer', minimum: 1 } },
};

function headersOf(problem: number, limited: readonly number[]): ResponseHeaders | undefined {
  const isRetried = problem === 429;
  if (!isRetried && !limited.includes(problem)) return undefined;
  return { ...(limited.includes(problem) ? RATE_LIMIT : {}), ...(isRetried ? RETRY_AFTER : {}) };
}

/** A list's answer. */
export function listOf(item: z.ZodType): z.ZodType {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
