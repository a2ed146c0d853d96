/** How passwords and secrets are hashed: Argon2id with the parameters that OWASP recommends. Memory in KiB. */
export const ARGON2_DEFAULTS = { memoryKib: 19_456, timeCost: 2, parallelism: 1 };

// From OWASP's weakest equivalents (7 MiB, five passes) to what one verification may cost a gateway (256 MiB; 1 GiB in
// all passes).
const MIN_MEMORY_KIB = 7_168;
const MAX_MEMORY_KIB = 262_144;
const MAX_TIME_COST = 16;
const MAX_PARALLELISM = 8;
const MIN_WORK_KIB = 35_840;
const MAX_WORK_KIB = 1_048_576;
const MIN_SALT_BYTES = 16;
const MIN_HASH_BYTES = 32;
const MAX_SALT_OR_HASH_BYTES = 64;
// More than the longest acceptable one has.
const MAX_PHC_CHARACTERS = 256;

// The reference implementation writes m, t, p; the argon2 package m, p, t. Salt and hash are base64 without padding:
// the bits of the last character that belong to no byte are zero, and nothing else encodes the same bytes.
const BASE64 = '((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048])?)';
const PHC = new RegExp(
  `^\\$argon2id\\$v=19\\$m=([1-9]\\d{0,6}),(?:t=([1-9]\\d?),p=([1-9]\\d?)|p=([1-9]\\d?),t=([1-9]\\d?))\\$${BASE64}\\$${BASE64}$`,
);

/**
 * What is wrong with a hash, or null if it is acceptable: an Argon2id PHC string, version 1.3, parameters in the bounds
 * of this file. Checked before a hash is written and before one is used: a hash with huge parameters would occupy
 * whoever verifies it, one with tiny ones would protect nothing. The text returned never contains the hash.
 *
 * @param phc for example `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, base64 without padding.
 */
export function argon2PhcProblem(phc: string): string | null {
  if (phc.length > MAX_PHC_CHARACTERS) return 'too long';
  // By number, not by name: the projection reads every key's hash through it, and an object for the names costs more
  // than the rest.
  const found = PHC.exec(phc);
  if (found === null) return 'not an Argon2id PHC string of version 19';
  const [, memory, time, lanes, lanesFirst, timeLast, salt = '', hash = ''] = found;
  const cost = costProblem(Number(memory), Number(time ?? timeLast), Number(lanes ?? lanesFirst));
  return cost ?? lengthProblem(salt, hash);
}

function costProblem(memoryKib: number, timeCost: number, parallelism: number): string | null {
  if (memoryKib < MIN_MEMORY_KIB || memoryKib > MAX_MEMORY_KIB) return 'memory out of bounds';
  if (timeCost > MAX_TIME_COST) return 'time cost out of bounds';
  if (parallelism > MAX_PARALLELISM) return 'parallelism out of bounds';
  const workKib = memoryKib * timeCost;
  if (workKib < MIN_WORK_KIB || workKib > MAX_WORK_KIB) return 'memory times time cost out of bounds';
  return null;
}

function lengthProblem(salt: string, hash: string): string | null {
  if (!isWithin(unpaddedBytes(salt), MIN_SALT_BYTES)) return 'salt length out of bounds';
  if (!isWithin(unpaddedBytes(hash), MIN_HASH_BYTES)) return 'hash length out of bounds';
  return null;
}

function isWithin(bytes: number, least: number): boolean {
  return bytes >= least && bytes <= MAX_SALT_OR_HASH_BYTES;
}

/** Bytes of base64 without padding. */
function unpaddedBytes(text: string): number {
  return Math.floor((text.length * 3) / 4);
}
