/**
 * Strict base64 or base64url: exactly the one spelling that encoding the bytes again gives. Buffer's own decoder skips
 * what it does not know, so two different texts would pass for the same bytes.
 *
 * @returns the bytes, or null if the text is not that spelling.
 */
export function decodeBase64(text: string, encoding: 'base64' | 'base64url'): Buffer | null {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : null;
}
