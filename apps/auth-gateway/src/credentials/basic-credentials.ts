import { isUtf8 } from 'node:buffer';

/** What a client sent in `Authorization: Basic`; nothing of it is proven. */
export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** Longer values are refused before anything is decoded; a user name of 128 and a key of 86 characters need 300. */
export const MAX_AUTHORIZATION_CHARACTERS = 4_096;

/**
 * Reads an Authorization value by RFC 7617: scheme in any case, one or more spaces, strict RFC 4648 base64 (Buffer
 * alone takes the URL-safe alphabet, missing padding, inner spaces and trailing rubbish), fatal UTF-8 (a replacement
 * character would let two names pass for one), user name up to the first colon, both parts not empty, no control
 * characters.
 *
 * @returns null for everything else
 */
export function parseBasicCredentials(authorization: string): BasicCredentials | null {
  const encoded = schemeParameter(authorization);
  if (encoded === null) return null;
  const bytes = Buffer.from(encoded, 'base64');
  // Encoding it again is the whole strictness check: alphabet, padding, and unused bits that are not zero.
  if (bytes.toString('base64') !== encoded || !isUtf8(bytes)) return null;
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1 || hasControlCharacter(text)) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function schemeParameter(authorization: string): string | null {
  if (authorization.length > MAX_AUTHORIZATION_CHARACTERS) return null;
  if (authorization.slice(0, 6).toLowerCase() !== 'basic ') return null;
  let start = 6;
  while (authorization[start] === ' ') start++;
  return authorization.slice(start);
}

/** C0, DEL and C1: no name or key has them, and they must not get as far as a log line or Postgres. */
function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return false;
}
