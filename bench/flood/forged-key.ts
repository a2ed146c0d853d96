import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_AND_TAG_CHARACTERS = 43 + 11;
const CHECKSUM_CHARACTERS = 6;

/**
 * A key as somebody makes it who knows the form and a real key id, but neither its secret nor the secret that tags are
 * made with.
 */
export function forgedKey(keyId: string): string {
  // Beginning with 0 the secret is within what 32 bytes can be.
  const body = `kf_${keyId}_0${randomDigits(SECRET_AND_TAG_CHARACTERS - 1)}`;
  return body + base62(crc32(body)).padStart(CHECKSUM_CHARACTERS, '0');
}

/** Of the form of a key id, but of no key. */
export function unknownKeyId(): string {
  return `0${randomDigits(21)}`;
}

function randomDigits(count: number): string {
  return Array.from(randomBytes(count), (byte) => DIGITS[byte % 62]).join('');
}

function base62(value: number): string {
  const rest = Math.floor(value / 62);
  return (rest === 0 ? '' : base62(rest)) + (DIGITS[value % 62] ?? '');
}
