import type { JsonObject, JsonValue } from '@keyfold/domain';

/**
 * The same value with its members in the order of canonical JSON, which makes encoding it several times cheaper. Done
 * before the head is locked; the bytes are the same either way. What is not plain JSON stays as it is, to be refused by
 * the encoder and not to be mended here.
 */
export function inCanonicalOrder(value: JsonObject): JsonObject {
  return isPlain(value) ? orderedMembers(value) : value;
}

function ordered(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  return isArray(value) ? value.map(ordered) : inCanonicalOrder(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function orderedMembers(value: JsonObject): JsonObject {
  // fromEntries defines members: an assignment to `__proto__` would not.
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, ordered(value[name] as JsonValue)]), // its own names
  );
}

// Array.isArray does not narrow a readonly array out of a union.
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
