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
  return canonicalAt(value, 0);
}

/** {@link canonicalJson} of a value that is a member of an object: one level less is left for it. */
export function canonicalMember(value: JsonValue): string {
  return canonicalAt(value, 1);
}

/**
 * Whether JSON.stringify gives the canonical text of a value that is a member of an object: whether the members of each
 * object in it are in canonical order.
 *
 * @throws CanonicalJsonError as {@link canonicalMember} does.
 */
export function isMemberInOrder(value: JsonValue): boolean {
  return checkCanonicalisable(value, 1);
}

function canonicalAt(value: JsonValue, depth: number): string {
  // What is read from the log has its members in order already, and the engine writes that faster than anything else
  // can.
  const text = checkCanonicalisable(value, depth) ? JSON.stringify(value) : canonicalize(value);
  if (text === undefined) throw new CanonicalJsonError('the value has no JSON form');
  return text;
}

/**
 * Throws unless the value has a canonical form. Tells whether the members of each object are already in canonical
 * order: then JSON.stringify, whose numbers and escapes RFC 8785 takes over, gives that form.
 *
 * Takes unknown, not JsonValue: values that come around the type checker are what it is for.
 */
function checkCanonicalisable(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return checkWellFormed(value);
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new CanonicalJsonError('a number is not an integer within +-(2^53-1)');
    return true;
  }
  if (typeof value !== 'object') throw new CanonicalJsonError(`a value of type ${typeof value} has no JSON form`);
  // Also ends the walk through a value that contains itself.
  if (depth >= MAX_JSON_DEPTH) throw new CanonicalJsonError(`deeper than ${MAX_JSON_DEPTH} levels`);
  return Array.isArray(value) ? checkElements(value, depth + 1) : checkMembers(value, depth + 1);
}

function checkElements(elements: readonly unknown[], depth: number): boolean {
  let inOrder = true;
  // for-of visits the holes of a sparse array too, as undefined.
  for (const element of elements) inOrder = checkCanonicalisable(element, depth) && inOrder;
  return inOrder;
}

function checkMembers(value: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new CanonicalJsonError('an object is not a plain object');
  }
  const members = value as Readonly<Record<string, unknown>>; // Its own names are read, nothing else.
  let inOrder = true;
  let previous: string | undefined;
  // Nothing is inherited, see above, and no list of the names has to be made.
  for (const name in members) {
    checkWellFormed(name);
    // Strings compare by UTF-16 code units, which is the RFC's order.
    if (previous !== undefined && name < previous) inOrder = false;
    previous = name;
    inOrder = checkCanonicalisable(members[name], depth) && inOrder;
  }
  return inOrder;
}

function checkWellFormed(text: string): true {
  if (!text.isWellFormed()) throw new CanonicalJsonError('a string contains a lone surrogate');
  return true;
}
