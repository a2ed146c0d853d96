import { StandardSchemaValidationPipe } from '@nestjs/common';
import { type FieldProblem, ProblemError } from '@keyfold/service-kit';
import { pointerToken } from './json-body.js';

type Issues = Parameters<
  NonNullable<NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>['exceptionFactory']>
>[0];
type Issue = Issues[number];

const MAX_ERRORS = 50;

/**
 * Checks each body, query and path against the schema at its parameter; what does not fit is a 400 that names every
 * member.
 */
export function createValidationPipe(): StandardSchemaValidationPipe {
  return new WholeValuePipe({ exceptionFactory: invalidRequest });
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
}

function invalidRequest(issues: Issues): ProblemError {
  const errors = issues.flatMap(problemsOf).slice(0, MAX_ERRORS);
  return new ProblemError(400, 'INVALID_REQUEST', 'The request has invalid members.', { errors });
}

function problemsOf(issue: Issue): FieldProblem[] {
  const path = (issue.path ?? [])
    .map((segment) => `/${pointerToken(String(typeof segment === 'object' ? segment.key : segment))}`)
    .join('');
  // zod reports unknown members as one issue at their parent.
  const unknownMembers = unrecognizedKeys(issue);
  if (unknownMembers)
    return unknownMembers.map((name) => ({ path: `${path}/${pointerToken(name)}`, message: 'is not known here' }));
  return [{ path, message: issue.message }];
}

function unrecognizedKeys(issue: Issue): string[] | undefined {
  return 'code' in issue && issue.code === 'unrecognized_keys' && 'keys' in issue
    ? (issue.keys as string[])
    : undefined;
}
