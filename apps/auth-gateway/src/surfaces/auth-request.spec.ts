import { expect, test } from '@jest/globals';
import { AMBIGUOUS_REQUEST, INTERNAL_ERROR, problemAnswer, REFUSALS, UNAUTHENTICATED } from '../http/answers.js';
import { asForbidden } from './auth-request.js';

test('whatever is refused, nginx sees 401 or 403', () => {
  for (const refusal of [...Object.values(REFUSALS), AMBIGUOUS_REQUEST, INTERNAL_ERROR])
    expect([401, 403]).toContain(asForbidden(refusal).status);
  expect(asForbidden(AMBIGUOUS_REQUEST)).toBe(UNAUTHENTICATED);
  expect(asForbidden(REFUSALS.READ_ONLY)).toBe(REFUSALS.READ_ONLY);
});

test('a 429 keeps what it says about the limit, and its status in X-Keyfold-Status', () => {
  const limit = ['Retry-After', '7', 'RateLimit', '"key";r=0;t=7', 'RateLimit-Policy', '"key";q=10;w=60'];
  const shown = asForbidden(problemAnswer(429, 'RATE_LIMITED', 'Too often.', limit));
  const body = shown.body?.toString() ?? '';
  expect(shown.status).toBe(403);
  expect(JSON.parse(body)).toMatchObject({
    status: 403,
    title: 'Forbidden',
    code: 'RATE_LIMITED',
    detail: 'Too often.',
  });
  expect(shown.headers).toEqual([
    'Cache-Control',
    'no-store',
    'Vary',
    'Authorization',
    ...limit,
    'X-Keyfold-Status',
    '429',
    'Content-Type',
    'application/problem+json; charset=utf-8',
    'Content-Length',
    String(body.length),
  ]);
});
