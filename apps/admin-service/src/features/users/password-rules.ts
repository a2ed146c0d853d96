import { type FieldProblem, fieldProblem, ProblemError } from '@keyfold/service-kit';
import { COMMON_STEMS, LEAKED_PASSWORDS } from './common-passwords.js';

const MIN_CHARACTERS = 12;
const LONGEST_REPEATED_PIECE = 4;

/**
 * The form in which a password is hashed and compared: keyboards that compose letters differently type the same one
 * (NIST 800-63B, 3.1.1.2).
 */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC');
}

/**
 * Length, and no password that everybody tries first; nothing about kinds of characters (NIST 800-63B).
 *
 * @param member JSON Pointer to the password in the request
 * @throws ProblemError PASSWORD_REFUSED
 */
export function demandGoodPassword(password: string, username: string, member: string): void {
  const folded = normalisePassword(password).toLowerCase();
  const length = Array.from(folded).length;
  if (length < MIN_CHARACTERS)
    throw refused('A password', fieldProblem(member, 'PASSWORD_SHORT', { min: MIN_CHARACTERS }));
  if (isCommon(folded, username) || isRepetition(folded))
    throw refused('This password', fieldProblem(member, 'PASSWORD_COMMON'));
}

function refused(subject: string, problem: FieldProblem): ProblemError {
  return new ProblemError(422, 'PASSWORD_REFUSED', `${subject} ${problem.message}.`, { errors: [problem] });
}

/**
 * One that leaks show often, or one of these or the user's own name made longer with digits and signs: that is how
 * people reach a length. Of a leaked password the greater part must be left, or a single letter among random digits
 * would be one.
 */
function isCommon(folded: string, username: string): boolean {
  const stem = folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const isStem = COMMON_STEMS.has(stem) || (2 * stem.length >= folded.length && LEAKED_PASSWORDS.has(stem));
  return isStem || COMMON_STEMS.has(folded) || LEAKED_PASSWORDS.has(folded) || folded === username || stem === username;
}

function isRepetition(folded: string): boolean {
  for (let length = 1; length <= LONGEST_REPEATED_PIECE; length += 1) {
    const piece = folded.slice(0, length);
    if (piece.repeat(Math.ceil(folded.length / length)).slice(0, folded.length) === folded) return true;
  }
  return false;
}
