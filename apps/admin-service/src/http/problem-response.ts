import type { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

export type ResponseHeaders = NonNullable<NonNullable<Parameters<typeof ApiResponse>[0]>['headers']>;

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

/** A refusal in the OpenAPI document. */
export function problemResponse(
  status: number | 'default',
  headers?: ResponseHeaders,
): Parameters<typeof ApiResponse>[0] {
  const schema = { $ref: '#/components/schemas/Problem' };
  const content = { 'application/problem+json': { schema } };
  return { status, description: 'A problem (RFC 9457)', content, ...(headers ? { headers } : {}) };
}
