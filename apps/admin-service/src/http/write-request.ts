import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { canonicalJson, type JsonValue } from '@keyfold/domain';
import { ProblemError } from '@keyfold/service-kit';
import type { WriteRequest } from '../write/write-request.js';
import { readCredential } from './credential.js';
import { refuseCrossSite } from './cross-site.js';

/** Parameter of every route that writes; its headers are checked like shapes (400). */
export const Write = createParamDecorator((_data: unknown, context: ExecutionContext): WriteRequest => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  if (!request.caller) throw new Error('a route without sign-in asks to write');
  // Also where the method is safe: an export, or a look at sealed values, is an event in the name of the caller.
  if (readCredential(request)?.kind === 'cookie') refuseCrossSite(request);
  return {
    actor: request.caller.actor,
    correlationId: request.id,
    ifMatch: readIfMatch(request.headers['if-match']),
    idempotency: request.method === 'POST' ? readIdempotency(request) : null,
  };
});

function readIdempotency(request: FastifyRequest): WriteRequest['idempotency'] {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key))
    throw new ProblemError(400, 'INVALID_REQUEST', 'Idempotency-Key must be 1 to 255 printable ASCII characters.');
  return { key, fingerprint: fingerprint(request) };
}

/**
 * Tells whether a repeat is the same request. A bare hash: it is never stored as it is, since bodies hold personal
 * values and passwords.
 */
function fingerprint(request: FastifyRequest): string {
  const body = createHash('sha256').update(stableText(request.body)).digest('base64url');
  return createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest('base64url');
}

/**
 * Member order does not make another request; numbers outside the canonical form (fractions) are compared as they came.
 */
function stableText(body: unknown): string {
  try {
    return canonicalJson((body ?? {}) as JsonValue);
  } catch {
    return JSON.stringify(body);
  }
}

/**
 * The stream versions that an `If-Match` header accepts (RFC 9110, 13.1.1).
 *
 * @returns null if there is no such header or it is `*`. Weak tags never match, so a list of them alone accepts
 *   nothing.
 * @throws ProblemError 400 if it is not a list of entity tags
 */
function readIfMatch(header: string | undefined): ReadonlySet<number> | null {
  if (header === undefined || header.trim() === '*') return null;
  const tags = header.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag)))
    throw new ProblemError(400, 'INVALID_REQUEST', 'If-Match is not a list of entity tags.');
  return new Set(tags.map((tag) => Number(/^"(0|[1-9]\d{0,14})"$/.exec(tag)?.[1] ?? Number.NaN)));
}
