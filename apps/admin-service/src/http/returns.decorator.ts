import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { problemResponse, type ResponseHeaders } from './problem-response.js';

/**
 * The status and body of a route's answer, for Nest and for the OpenAPI document alike. Refusals follow from the route
 * and from what the
 * feature says about it (`*.docs.ts`).
 *
 * @param schema the body's schema; null where there is none (204)
 * @param options.limited the statuses whose answers say in RateLimit fields how much is left
 */
export function Returns(
  status: number,
  schema: z.ZodType | null,
  options: { readonly limited?: readonly number[] } = {},
): MethodDecorator {
  const { limited = [] } = options;
  const headers = limited.includes(status) ? { headers: RATE_LIMIT } : {};
  const answer = { status, description: DESCRIPTIONS[status] ?? 'The answer.', ...headers };
  return applyDecorators(
    HttpCode(status),
    ApiResponse(schema ? { ...answer, standardSchema: schema } : answer),
    ...limited
      .filter((other) => other !== status)
      .map((other) => ApiResponse(problemResponse(other, { ...RATE_LIMIT, ...(other === 429 ? RETRY_AFTER : {}) }))),
    ApiResponse(problemResponse('default')),
  );
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  200: 'Done, or found.',
  201: 'Made.',
  202: 'Accepted.',
  204: 'Done. There is no body.',
  303: 'The browser is sent on.',
};

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

/** A list's answer. */
export function listOf(item: z.ZodType): z.ZodType {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
