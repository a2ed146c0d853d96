import type { ApiResponse } from '@nestjs/swagger';
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

/** A refusal in the OpenAPI document. */
export function problemResponse(status: number | 'default'): Parameters<typeof ApiResponse>[0] {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { status, description: 'A problem (RFC 9457)', content: { 'application/problem+json': { schema } } };
}
