/** The most scopes a key may carry, so that a record stays far below the size of a leaf. */
export const MAX_SCOPES = 64;
/** The most IP ranges a key may carry. */
export const MAX_IP_RANGES = 64;
/** The longest key name, in characters (code points). */
export const MAX_KEY_NAME_CHARACTERS = 100;
/** The longest display name, e-mail address, description or note, in characters (code points). */
export const MAX_TEXT_CHARACTERS = 1000;
/** The longest OIDC issuer or subject, in characters (OpenID Connect Core 1.0 bounds `sub` by 255). */
export const MAX_OIDC_CHARACTERS = 1000;

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const USERNAME = /^[a-z0-9._@+'-]{1,128}$/;
/** Before names could have an apostrophe. */
const FIRST_USERNAME = /^[a-z0-9._@+-]{1,128}$/;
const ROLE_NAME = /^[A-Za-z0-9 ._-]{1,64}$/;
const SCOPE = /^[a-z0-9][a-z0-9:._-]{0,63}$/;
const HINT = /^[0-9A-Za-z]{4}$/;
const CONTROL = /\p{Cc}/u;

/** Whether the text can be the id of a user, role or key (what follows the category in a stream's name). */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** Whether the text is a user name in its stored form. */
export function isUsername(text: string): boolean {
  return USERNAME.test(text);
}

/** Whether the text is a user name that readers of schemaVersion 1 accept. */
export function isFirstUsername(text: string): boolean {
  return FIRST_USERNAME.test(text);
}

/**
 * The stored form of a user name: ASCII upper case folded to lower, nothing else changed.
 * @returns null when what comes out is not 1..128 of `[a-z0-9._@+'-]`: such a name belongs to nobody
 */
export function foldUsername(text: string): string | null {
  if (USERNAME.test(text)) return text;
  // Only A-Z: toLowerCase would also fold U+212A (Kelvin) to k, and so one person's name into another's.
  const folded = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return USERNAME.test(folded) ? folded : null;
}

/** Whether the text is a role name of the contract. */
export function isRoleName(text: string): boolean {
  return ROLE_NAME.test(text);
}

/** Whether the text is a scope of the contract. */
export function isScope(text: string): boolean {
  return SCOPE.test(text);
}

/** Whether the text can be the visible end of a key. */
export function isHint(text: string): boolean {
  return HINT.test(text);
}

/**
 * Whether the text is well-formed Unicode without U+0000 (which Postgres cannot store) of at most so many characters.
 */
export function isText(text: string, maxCharacters: number): boolean {
  return hasAtMost(text, maxCharacters) && text.isWellFormed() && !text.includes('\u0000');
}

/** Whether the text is a key name: 1..100 characters, none of them a control character. */
export function isKeyName(text: string): boolean {
  return text !== '' && isText(text, MAX_KEY_NAME_CHARACTERS) && !CONTROL.test(text);
}

function hasAtMost(text: string, maxCharacters: number): boolean {
  // A character takes one or two UTF-16 units: the common cases need no counting.
  if (text.length <= maxCharacters) return true;
  return text.length <= 2 * maxCharacters && Array.from(text).length <= maxCharacters;
}
