import { HttpException } from '@nestjs/common';
import { DomainError, MissingPermissionError } from '@keyfold/domain';
import { ProblemError } from './problem.js';
import { statusOfCode } from './status-of-code.js';

/** Codes for refusals that come from the framework and carry only a status. */
const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'CONTENT_TOO_LARGE',
  414: 'URI_TOO_LONG',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  431: 'HEADERS_TOO_LARGE',
  503: 'UNAVAILABLE',
};

const DETAIL_OF_CODE: Readonly<Record<string, string>> = {
  INVALID_REQUEST: 'The request cannot be read.',
  NOT_FOUND: 'There is nothing here.',
  CONTENT_TOO_LARGE: 'The body is larger than this service takes.',
  UNSUPPORTED_MEDIA_TYPE: 'Send application/json.',
  UNAVAILABLE: 'The service cannot answer right now. Try again shortly.',
  // Who noticed it, and how, is for the operator's log.
  LOG_FORKED:
    'The log has forked: nothing is signed or written until an administrator has looked into it and acknowledges it by this position and checkpoint.',
};

/**
 * Turns whatever was thrown into a problem answer. Texts of framework and driver errors are replaced by our own: they
 * name files, queries and versions. What is not recognised is a 500, to be logged by the caller.
 *
 * @param isUnavailability further errors that mean that the service's database is away
 * @param ofService what a service makes of errors of its own
 * @returns the problem, and whether the error was expected (an unexpected one belongs in the log)
 */
export function problemOfError(
  error: unknown,
  isUnavailability: (error: unknown) => boolean = () => false,
  ofService: (error: unknown) => ProblemError | undefined = () => undefined,
): { problem: ProblemError; expected: boolean } {
  const own = ownProblem(error) ?? ofService(error);
  if (own !== undefined) return { problem: own, expected: own.status < 500 };
  const ofLog = logProblem(error, isUnavailability);
  if (ofLog !== undefined) return { problem: ofLog, expected: false };
  const status = frameworkStatus(error);
  const code = status === undefined ? undefined : CODE_OF_STATUS[status];
  if (status !== undefined && code !== undefined) {
    return {
      problem: new ProblemError(status, code, DETAIL_OF_CODE[code] ?? 'The request was refused.'),
      expected: true,
    };
  }
  return { problem: new ProblemError(500, 'INTERNAL_ERROR', 'Something went wrong on our side.'), expected: false };
}

function logProblem(error: unknown, isUnavailability: (error: unknown) => boolean): ProblemError | undefined {
  if (isNamed(error, 'LogForkedError'))
    return new ProblemError(503, 'LOG_FORKED', DETAIL_OF_CODE['LOG_FORKED'] ?? '', { members: forkOf(error) });
  if (!isNamed(error, 'StoreUnavailableError') && !isUnavailability(error)) return undefined;
  const headers = { 'retry-after': '1' };
  return new ProblemError(503, 'UNAVAILABLE', DETAIL_OF_CODE['UNAVAILABLE'] ?? '', { headers });
}

/** What this code threw on purpose. */
function ownProblem(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  if (!(error instanceof DomainError)) return undefined;
  const members = error instanceof MissingPermissionError ? { members: { permissions: error.permissions } } : {};
  return new ProblemError(statusOfCode(error.code), error.code, error.message, members);
}

/** Errors of the libraries below, which this one does not import. */
function isNamed(error: unknown, name: 'StoreUnavailableError' | 'LogForkedError'): error is Error {
  return error instanceof Error && error.name === name;
}

/** What an acknowledgement has to name. */
function forkOf(error: Error): object {
  const report = 'report' in error && typeof error.report === 'object' ? error.report : null;
  if (report === null || !('position' in report && 'checkpoint' in report)) return {};
  return { position: report.position, checkpoint: report.checkpoint };
}

function frameworkStatus(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode < 500)
    return error.statusCode;
  return undefined;
}
