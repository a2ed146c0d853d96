import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

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
    ...(options.problems ?? []).map((problem) => ApiResponse(problemResponse(problem))),
    ApiResponse(problemResponse('default')),
  );
}

function problemResponse(status: number | 'default'): Parameters<typeof ApiResponse>[0] {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { status, description: 'A problem (RFC 9457)', content: { 'application/problem+json': { schema } } };
}

/** A list's answer. */
export function listOf(item: z.ZodType): z.ZodType {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
