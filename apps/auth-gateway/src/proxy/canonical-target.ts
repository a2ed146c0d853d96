import { isUtf8 } from 'node:buffer';

/** A request target as it goes to the upstream, byte for byte as it came. */
export interface CanonicalTarget {
  readonly path: string;
  /** What follows the question mark, or null without one. */
  readonly query: string | null;
}

/** RFC 3986 pchar and slashes, escapes whole. */
const PATH = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;
/** Printable ASCII but `#`: queries are data, and clients write them loosely (`?q=100%`). */
const QUERY = /^[!-"$-~]*$/;
/** An empty segment, or one that means this or the next higher one, also where parameters hide it from some servers. */
const CONFUSING_SEGMENT = /\/(?:\/|;|\.{1,2}(?:[;/]|$))/;
/**
 * The same but for empty segments, where escaped slashes are read as slashes: they are what those are for, as
 * RabbitMQ's `/` is `%2F`.
 */
const CONFUSING_PART = /\/(?:;|\.{1,2}(?:[;/]|$))/;
const ENCODED_SLASH = /%2F/gi;
/** Controls, what need not be escaped (`%2e`, `%41`), slash, backslash and DEL. */
const CONFUSING_ESCAPE = /%(?:[01][\dA-F]|2[DEF]|3\d|4[1-9A-F]|5[\dAF]|5C|6[1-9A-F]|7[\dAEF])/i;
/** An escape that becomes another one when a server decodes twice. */
const DOUBLE_ESCAPE = /%25[\dA-Fa-f]{2}/;

/**
 * Reads a request target that every server on the way understands alike: origin form, RFC 3986 characters, no empty,
 * `.` or `..` segment, nothing escaped that need not be or that hides a separator or a control, and UTF-8; the query
 * may hold what it likes. Anything else could be one path for a rule in front and another for the service behind, so it
 * is refused rather than repaired.
 *
 * @param passesEncodedSlash takes `%2F` as a character of a segment, as long as a server that decodes it is not led
 *   elsewhere by dots
 * @returns null for everything else
 */
export function canonicalTarget(url: string, passesEncodedSlash = false): CanonicalTarget | null {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? null : url.slice(mark + 1);
  return isCanonicalPath(path, passesEncodedSlash) && QUERY.test(query ?? '') ? { path, query } : null;
}

function isCanonicalPath(path: string, passesEncodedSlash: boolean): boolean {
  if (!PATH.test(path) || CONFUSING_SEGMENT.test(path)) return false;
  if (!path.includes('%')) return true;
  if (!passesEncodedSlash) return areEscapesCanonical(path);
  const decoded = path.replaceAll(ENCODED_SLASH, '/');
  return !CONFUSING_PART.test(decoded) && areEscapesCanonical(decoded);
}

function areEscapesCanonical(path: string): boolean {
  if (CONFUSING_ESCAPE.test(path) || DOUBLE_ESCAPE.test(path)) return false;
  const bytes = Buffer.from(
    path.replace(/%([0-9A-Fa-f]{2})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  // Overlong forms of a slash or a point are not UTF-8.
  return isUtf8(bytes);
}
