// In ASCII order, so texts of one length compare as the numbers do.
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;
const NO_DIGIT = 255;

const DIGITS = new Uint8Array(128).fill(NO_DIGIT);
for (let value = 0; value < ALPHABET.length; value++) DIGITS[ALPHABET.charCodeAt(value)] = value;

/** The number as base 62 (`0-9A-Za-z`), big-endian, left-padded with `0` to `length` characters. */
export function encodeBase62(bytes: Uint8Array, length: number): string {
  let rest = 0n;
  for (const byte of bytes) rest = rest * 256n + BigInt(byte);
  let text = '';
  for (let at = 0; at < length; at++) {
    text = ALPHABET.charAt(Number(rest % BASE)) + text;
    rest /= BASE;
  }
  if (rest !== 0n) throw new RangeError('the number does not fit the length');
  return text;
}

/** The number that `encodeBase62` wrote, in `length` bytes. @throws RangeError if it is none, or needs more bytes */
export function decodeBase62(text: string, length: number): Buffer {
  if (!isBase62(text, 0, text.length)) throw new RangeError('the text is not base 62');
  let rest = 0n;
  for (let at = 0; at < text.length; at++) rest = rest * BASE + BigInt(digitAt(text, at));
  const bytes = Buffer.alloc(length);
  for (let at = length - 1; at >= 0; at--) {
    bytes[at] = Number(rest % 256n);
    rest /= 256n;
  }
  if (rest !== 0n) throw new RangeError('the number does not fit the length');
  return bytes;
}

/** The value of the character at an index, 0 to 61, or a larger number if it is no base 62 digit. */
export function digitAt(text: string, at: number): number {
  return DIGITS[text.charCodeAt(at)] ?? NO_DIGIT;
}

/** Whether the characters from (included) to (excluded) are all base 62 digits. */
export function isBase62(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (digitAt(text, at) === NO_DIGIT) return false;
  return true;
}
