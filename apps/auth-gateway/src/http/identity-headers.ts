import type { AccessIdentity } from '@keyfold/domain';
import { RecentMap } from '../facts/recent-map.js';

/**
 * What a header value may hold and still mean the same to every parser on the way: printable ASCII without outer
 * blanks.
 */
const HEADER_SAFE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Lists of role names and of scopes whose text is held. Keys and users with the same ones share one list. */
const MAX_LISTS = 2_000;

/**
 * The identity headers of an allowed request but for the position, name and value in turn: all of them, none ever
 * empty. A proxy that finds one missing or empty may keep the client's own.
 *
 * @throws if a value could be read as something else; no name or scope of the log is such
 */
export function identityHeaders(identity: AccessIdentity): string[] {
  return [
    'Remote-User',
    safe(identity.username),
    'X-Keyfold-User-Id',
    safe(identity.userId),
    'X-Keyfold-Key-Id',
    safe(identity.keyId),
    'X-Keyfold-Roles',
    textOf(identity.roles, roleNames),
    'X-Keyfold-Scopes',
    textOf(identity.scopes, scopeNames),
  ];
}

type Roles = AccessIdentity['roles'];
type Scopes = AccessIdentity['scopes'];

// A list is never changed, so how it reads is found out once.
const texts = new RecentMap<Roles | Scopes, string>(MAX_LISTS);

function textOf<List extends Roles | Scopes>(list: List, namesOf: (list: List) => readonly string[]): string {
  if (list.length === 0) return '-';
  let text = texts.get(list);
  if (text === undefined) texts.set(list, (text = namesOf(list).map(listItem).join(',')));
  return text;
}

const roleNames = (roles: Roles): string[] => roles.map(({ name }) => name);
const scopeNames = (scopes: Scopes): Scopes => scopes;

/** A comma would make two of one, a lone dash none of one. */
function listItem(value: string): string {
  if (value.includes(',')) throw new Error('a list item of an identity header has a comma');
  return safe(value);
}

function safe(value: string): string {
  if (!HEADER_SAFE.test(value)) throw new Error('an identity header would not be header-safe');
  return value;
}
