import type { ServerResponse } from 'node:http';
import type { AccessReason } from '@keyfold/domain';
import { problemBody } from '@keyfold/service-kit';

/** An answer made once: status, headers as Node writes them (name, value, name, value), body. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer | null;
}

/** Every answer has these. */
export const STANDARD_HEADERS: readonly string[] = ['Cache-Control', 'no-store', 'Vary', 'Authorization'];

/**
 * Sends an answer. Node itself adds only `Date` and the connection's own fields, and leaves the body out for HEAD.
 *
 * @param requestId goes into `X-Request-Id` and nowhere else
 */
export function send(response: ServerResponse, answer: Answer, requestId: string): void {
  response.writeHead(answer.status, [...answer.headers, 'X-Request-Id', requestId]);
  if (answer.body === null) response.end();
  else response.end(answer.body);
}

/** A problem (RFC 9457) as an answer. */
export function problemAnswer(status: number, code: string, detail: string, headers: readonly string[] = []): Answer {
  return jsonAnswer(status, problemBody(status, code, detail), headers, 'application/problem+json; charset=utf-8');
}

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: readonly string[] = [],
  type = 'application/json; charset=utf-8',
): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return {
    status,
    headers: [...STANDARD_HEADERS, ...headers, 'Content-Type', type, 'Content-Length', String(body.byteLength)],
    body,
  };
}

const OF_THE_BODY: ReadonlySet<string> = new Set(['Content-Type', 'Content-Length']);

/** The headers that this answer has beyond those that all have and those of its body, name and value in turn. */
export function ownHeaders({ headers }: Answer): string[] {
  const own: string[] = [];
  for (let at = STANDARD_HEADERS.length; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    if (!OF_THE_BODY.has(name)) own.push(name, headers[at + 1] ?? '');
  }
  return own;
}

/**
 * One and the same for everybody who may not sign in, whatever the reason: a difference would tell a guesser something.
 */
export const UNAUTHENTICATED = problemAnswer(
  401,
  'INVALID_CREDENTIALS',
  'A user name and an API key of theirs that is valid are needed.',
  ['WWW-Authenticate', 'Basic realm="Keyfold", charset="UTF-8"'],
);

export const AMBIGUOUS_REQUEST = problemAnswer(400, 'INVALID_REQUEST', 'The request is ambiguous or malformed.');
/** The URL of the original request, or what it demands, cannot be read; who asks is another matter. */
export const UNREADABLE_TARGET = problemAnswer(400, 'INVALID_REQUEST', 'The URL of the request is malformed.');
/** Where the request ends is not certain, so nothing that follows on the connection may be read. */
export const SUSPECT_FRAMING = problemAnswer(400, 'INVALID_REQUEST', 'The request is ambiguous or malformed.', [
  'Connection',
  'close',
]);
export const INTERNAL_ERROR = problemAnswer(500, 'INTERNAL_ERROR', 'The request could not be answered.');
export const METHOD_NOT_ALLOWED = methodNotAllowed('GET, HEAD');

/** @param allow the methods that are answered */
export function methodNotAllowed(allow: string): Answer {
  return problemAnswer(405, 'METHOD_NOT_ALLOWED', 'This method is not answered.', ['Allow', allow]);
}

const RETRY_SOON = ['Retry-After', '1'];
const STALE = problemAnswer(503, 'STALE', 'The gateway is not current enough to allow anything.', RETRY_SOON);
const OVERLOADED = problemAnswer(503, 'OVERLOADED', 'The gateway has too much to do.', RETRY_SOON);
const RATE_LIMITED = problemAnswer(429, 'RATE_LIMITED', 'The key has been used too often.', RETRY_SOON);
const IP_NOT_ALLOWED = problemAnswer(403, 'IP_NOT_ALLOWED', 'The key may not be used from this address.');
const READ_ONLY = problemAnswer(403, 'READ_ONLY', 'The key may only read.');
const SCOPE_MISSING = problemAnswer(403, 'SCOPE_MISSING', 'The key does not have a scope that is demanded here.');

/** The answer to a refusal, for surfaces that speak HTTP to whoever signs in. */
export const REFUSALS: Readonly<Record<AccessReason, Answer>> = {
  MALFORMED: UNAUTHENTICATED,
  UNKNOWN_KEY: UNAUTHENTICATED,
  WRONG_SECRET: UNAUTHENTICATED,
  USERNAME_MISMATCH: UNAUTHENTICATED,
  REVOKED: UNAUTHENTICATED,
  SUPERSEDED: UNAUTHENTICATED,
  EXPIRED: UNAUTHENTICATED,
  API_KEYS_DISABLED: UNAUTHENTICATED,
  USER_DEACTIVATED: UNAUTHENTICATED,
  SIGN_IN_NOT_GRANTED: UNAUTHENTICATED,
  IP_NOT_ALLOWED,
  READ_ONLY,
  SCOPE_MISSING,
  RATE_LIMITED,
  STALE,
  OVERLOADED,
};
