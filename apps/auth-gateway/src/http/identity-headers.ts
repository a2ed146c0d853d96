import type { AccessIdentity } from '@keyfold/domain';

/** What a header value may hold and still mean the same to every parser on the way: printable ASCII without outer blanks. */
const HEADER_SAFE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * The identity headers of an allowed request but for the position, name and value in turn: all of them, none ever empty. A proxy that finds one missing or empty
 * may keep the client's own.
 *
 * @throws if a value could be read as something else; no name or scope of the log is such
 */
export function identityHeaders(identity: AccessIdentity): readonly string[] {
  let headers = made.get(identity);
  if (headers === undefined) {
    headers = makeHeaders(identity);
    made.set(identity, headers);
  }
  return headers;
}

/** An identity is never changed, so its headers are made once; they go when it does. */
const made = new WeakMap<AccessIdentity, readonly string[]>();

function makeHeaders(identity: AccessIdentity): string[] {
  return [
    'Remote-User',
    safe(identity.username),
    'X-Keyfold-User-Id',
    safe(identity.userId),
    'X-Keyfold-Key-Id',
    safe(identity.keyId),
    'X-Keyfold-Roles',
    listOf(identity.roles.map(({ name }) => name)),
    'X-Keyfold-Scopes',
    listOf(identity.scopes),
  ];
}

function listOf(values: readonly string[]): string {
  return values.length === 0 ? '-' : values.map(listItem).join(',');
}

/** A comma would make two of one, a lone dash none of one. */
function listItem(value: string): string {
  if (value.includes(',')) throw new Error('a list item of an identity header has a comma');
  return safe(value);
}

function safe(value: string): string {
  if (!HEADER_SAFE.test(value)) throw new Error('an identity header would not be header-safe');
  return value;
}
