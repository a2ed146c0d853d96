import type { FastifyRequest } from 'fastify';
import { ProblemError } from '@keyfold/service-kit';

export const SESSION_COOKIE = 'keyfold_session';

export interface Credential {
  readonly kind: 'bearer' | 'cookie';
  readonly token: string;
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The session token of a request. An `Authorization` header is used alone: falling back to the cookie where it is wrong
 * would let a page pick which of two identities acts.
 *
 * @throws ProblemError 400 if there are two Authorization headers
 */
export function readCredential(request: FastifyRequest): Credential | undefined {
  const { rawHeaders } = request.raw;
  const authorizations = rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization',
  ).length;
  if (authorizations > 1)
    throw new ProblemError(400, 'INVALID_REQUEST', 'There is more than one Authorization header.');
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = BEARER.exec(authorization)?.[1];
    return token === undefined ? undefined : { kind: 'bearer', token };
  }
  const token = request.cookies[SESSION_COOKIE];
  return token === undefined ? undefined : { kind: 'cookie', token };
}
