import { ProblemError } from '@keyfold/service-kit';

/**
 * The stream versions that an `If-Match` header accepts (RFC 9110, 13.1.1).
 *
 * @returns null if there is no such header or it is `*`. Weak tags never match, so a list of them alone accepts nothing.
 * @throws ProblemError 400 if it is not a list of entity tags
 */
export function readIfMatch(header: string | undefined): ReadonlySet<number> | null {
  if (header === undefined || header.trim() === '*') return null;
  const tags = header.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => /^(W\/)?"[\x21\x23-\x7e]*"$/.test(tag)))
    throw new ProblemError(400, 'INVALID_REQUEST', 'If-Match is not a list of entity tags.');
  return new Set(tags.map((tag) => Number(/^"(0|[1-9]\d{0,14})"$/.exec(tag)?.[1] ?? Number.NaN)));
}
