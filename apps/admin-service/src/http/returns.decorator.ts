import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { problemResponse } from './problem-response.js';

/**
 * The status and body of a route's answer, for Nest and for the OpenAPI document alike.
 *
 * @param schema the body's schema; null where there is none (204)
 * @param options.problems statuses of the problem answers that are this route's own, besides those that every route may give
 */
export function Returns(
  status: number,
  schema: z.ZodType | null,
  options: { description?: string; problems?: readonly number[] } = {},
): MethodDecorator {
  const description = options.description ?? '';
  return applyDecorators(
    HttpCode(status),
    ApiResponse(schema ? { status, description, standardSchema: schema } : { status, description }),
    ...[400, ...(options.problems ?? [])].map((problem) => ApiResponse(problemResponse(problem))),
    ApiResponse(problemResponse('default')),
  );
}

/** A list's answer. */
export function listOf(item: z.ZodType): z.ZodType {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
