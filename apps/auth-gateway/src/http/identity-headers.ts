import type { AccessIdentity } from '@keyfold/domain';

/** What a header value may hold and still mean the same to every parser on the way: printable ASCII without outer blanks. */
const HEADER_SAFE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * The identity headers of an allowed request, name and value in turn: all of them, none ever empty. A proxy that finds one missing or empty
 * may keep the client's own.
 *
 * @throws if a value could be read as something else; no name or scope of the log is such
 */
export function identityHeaders(identity: AccessIdentity, position: number): string[] {
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
    'X-Keyfold-Position',
    String(position),
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
