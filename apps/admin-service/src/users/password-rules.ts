import { DomainError } from '@keyfold/domain';
import { COMMON_PASSWORDS } from './common-passwords.js';

const MIN_CHARACTERS = 12;
const LONGEST_REPEATED_PIECE = 4;

/** The form in which a password is hashed and compared: keyboards that compose letters differently type the same one (NIST 800-63B, 3.1.1.2). */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC');
}

/**
 * Length, and no password that everybody tries first; nothing about kinds of characters (NIST 800-63B).
 *
 * @throws DomainError PASSWORD_REFUSED
 */
export function demandGoodPassword(password: string, username: string): void {
  const folded = normalisePassword(password).toLowerCase();
  const length = Array.from(folded).length;
  if (length < MIN_CHARACTERS)
    throw new DomainError('PASSWORD_REFUSED', `A password takes at least ${MIN_CHARACTERS} characters.`);
  if (isCommon(folded, username) || isRepetition(folded))
    throw new DomainError('PASSWORD_REFUSED', 'This password is too easy to guess.');
}

/** In the list, or an entry of it or the user's own name made longer with digits and signs. */
function isCommon(folded: string, username: string): boolean {
  const stem = folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return COMMON_PASSWORDS.has(folded) || COMMON_PASSWORDS.has(stem) || folded === username || stem === username;
}

function isRepetition(folded: string): boolean {
  for (let length = 1; length <= LONGEST_REPEATED_PIECE; length += 1) {
    const piece = folded.slice(0, length);
    if (piece.repeat(Math.ceil(folded.length / length)).slice(0, folded.length) === folded) return true;
  }
  return false;
}
