import type { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';

export type ResponseHeaders = NonNullable<NonNullable<Parameters<typeof ApiResponse>[0]>['headers']>;

export const Problem = z
  .object({
    type: z.string().meta({ description: 'Always `about:blank`: the code says more.' }),
    title: z.string().meta({ description: 'Name of the HTTP status.' }),
    status: z.int().meta({ description: 'HTTP status of the answer.' }),
    detail: z.string().meta({ description: 'What is wrong, for people.' }),
    code: z.string().meta({ description: 'What is wrong, for programs: upper case, never renamed.' }),
    errors: z
      .array(
        z.object({
          path: z.string().meta({ description: 'JSON Pointer (RFC 6901) to the member, or `/` and the parameter.' }),
          message: z.string().meta({ description: 'What is wrong with it, for people.' }),
          code: z.string().meta({ description: 'The rule that it breaks, for programs: upper case, never renamed.' }),
          params: z
            .record(z.string(), z.union([z.number(), z.string(), z.array(z.string())]))
            .optional()
            .meta({
              description: 'What the rule compares with, such as `max`, `min`, `expected`, `values` or `other`.',
            }),
        }),
      )
      .optional()
      .meta({
        description:
          'What is invalid, member by member; with `INVALID_REQUEST`, `PASSWORD_REFUSED` and `URL_NOT_ALLOWED`.',
      }),
    permissions: z
      .array(z.string())
      .optional()
      .meta({ description: 'The permissions that the caller lacks; with `PERMISSION_DENIED` where it is for these.' }),
    position: z
      .int()
      .optional()
      .meta({ description: 'Up to this position the log may be what it was; only with `LOG_FORKED`.' }),
    checkpoint: z
      .string()
      .optional()
      .meta({ description: 'Checkpoint of the log as it was, which it does not extend; only with `LOG_FORKED`.' }),
  })
  .meta({ id: 'Problem' });

/** A refusal in the OpenAPI document. */
export function problemResponse(
  status: number | 'default',
  headers?: ResponseHeaders,
): Parameters<typeof ApiResponse>[0] {
  const schema = { $ref: '#/components/schemas/Problem' };
  const content = { 'application/problem+json': { schema } };
  return { status, description: 'Any other refusal: a problem (RFC 9457).', content, ...(headers ? { headers } : {}) };
}
