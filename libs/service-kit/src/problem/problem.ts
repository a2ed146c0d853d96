import type { FieldProblem } from './field-problem.js';

/** RFC 9457 problem details with the stable `code` that clients match on. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly errors?: readonly FieldProblem[];
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** A request that ends in a problem answer. `detail` is read by callers: nothing internal belongs in it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly extra: {
      readonly errors?: readonly FieldProblem[];
      readonly headers?: Readonly<Record<string, string>>;
      /** Extension members of the body (RFC 9457, 3.2). */
      readonly members?: object;
    } = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/**
 * A request that says something impossible: 400 `INVALID_REQUEST`.
 *
 * @param errors each names the member that is wrong
 */
export function invalidRequest(detail: string, errors: readonly FieldProblem[]): ProblemError {
  return new ProblemError(400, 'INVALID_REQUEST', detail, { errors });
}

/**
 * Builds the body of a problem answer. `type` is `about:blank`: `code` says more than a page could (RFC 9457, 4.2.1).
 */
export function problemBody(
  status: number,
  code: string,
  detail: string,
  errors?: readonly FieldProblem[],
): ProblemDetails {
  return { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail, code, ...(errors ? { errors } : {}) };
}
