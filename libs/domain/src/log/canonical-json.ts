import canonicalize from 'canonicalize';

/** A JSON value as RFC 8259 knows it, read only. Numbers are integers within +-(2^53-1); see {@link canonicalJson}. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** A JSON object, read only. */
export type JsonObject = { readonly [name: string]: JsonValue };

/** The value has no canonical form here: a fraction, an unsafe integer, malformed Unicode, undefined, or too deep. */
export class CanonicalJsonError extends Error {
  readonly code = 'NOT_CANONICAL_JSON';
  override readonly name = 'CanonicalJsonError';
}

/** Levels of arrays and objects. Bounded so that no record can exhaust the stack of whoever reads it. */
export const MAX_JSON_DEPTH = 64;

/**
 * The canonical JSON text (RFC 8785) of a value.
 *
 * Narrower than the RFC on purpose, so that a reader in any language gets the same value back: only integers within
 * +-(2^53-1), only well-formed Unicode, only plain objects and dense arrays, at most {@link MAX_JSON_DEPTH} levels.
 *
 * @throws CanonicalJsonError if the value is outside of that.
 */
export function canonicalJson(value: JsonValue): string {
  requireCanonicalisable(value, 0);
  const text = canonicalize(value);
  if (text === undefined) throw new CanonicalJsonError('the value has no JSON form');
  return text;
}

// Takes unknown, not JsonValue: values that come around the type checker are what this function is for.
function requireCanonicalisable(value: unknown, depth: number): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    requireWellFormed(value);
  } else if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new CanonicalJsonError('a number is not an integer within +-(2^53-1)');
  } else if (typeof value === 'object') {
    requireCanonicalisableMembers(value, depth + 1);
  } else {
    throw new CanonicalJsonError(`a value of type ${typeof value} has no JSON form`);
  }
}

function requireCanonicalisableMembers(value: object, depth: number): void {
  // Also ends the walk through a value that contains itself.
  if (depth > MAX_JSON_DEPTH) throw new CanonicalJsonError(`deeper than ${MAX_JSON_DEPTH} levels`);
  if (Array.isArray(value)) {
    // for-of visits the holes of a sparse array too, as undefined.
    for (const element of value) requireCanonicalisable(element, depth);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new CanonicalJsonError('an object is not a plain object');
  }
  for (const [name, member] of Object.entries(value)) {
    requireWellFormed(name);
    requireCanonicalisable(member, depth);
  }
}

function requireWellFormed(text: string): void {
  if (!text.isWellFormed()) throw new CanonicalJsonError('a string contains a lone surrogate');
}
