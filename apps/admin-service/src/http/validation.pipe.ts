import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { fieldProblemsOf, invalidRequest } from '@keyfold/service-kit';

type Schema = NonNullable<ArgumentMetadata['schema']>;

const MAX_ERRORS = 50;

/**
 * Checks each body, query and path against the schema at its parameter; what does not fit is a 400 that names every
 * member.
 */
export function createValidationPipe(): StandardSchemaValidationPipe {
  return new WholeValuePipe();
}

/**
 * Nest's pipe deletes `constructor`, `prototype` and `__proto__` before it validates, so a body with them would pass as
 * one without. Here the schemas see every member and refuse those that they do not know. `__proto__` is refused before
 * (json-body.ts, undeclared-input.guard.ts).
 */
class WholeValuePipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {
    // Nothing is taken out.
  }

  /** @throws ProblemError 400 */
  protected override async validate<Value = unknown>(
    value: unknown,
    schema: Schema,
    options?: Record<string, unknown>,
  ) {
    const result = await super.validate<Value>(value, schema, options);
    if (result.issues === undefined) return result;
    // All schemas here are zod's.
    const errors = fieldProblemsOf(result.issues as unknown as readonly z.core.$ZodIssue[], value).slice(0, MAX_ERRORS);
    throw invalidRequest('The request has invalid members.', errors);
  }
}
