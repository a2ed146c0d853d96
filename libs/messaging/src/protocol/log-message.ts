import { type JsonValue, type Opening } from '@keyfold/domain';
import { FEED_FIELDS } from './names.js';

/** The openings of a record that travel on the feed. */
export function feedOpenings(openings: Readonly<Record<string, Opening>>): Record<string, Opening> {
  return Object.fromEntries(Object.entries(openings).filter(([field]) => FEED_FIELDS.has(field)));
}

/** The value of the openings' header, or null where there is nothing to send. */
export function encodeOpenings(openings: Readonly<Record<string, Opening>>): string | null {
  const sent = feedOpenings(openings);
  return Object.keys(sent).length === 0 ? null : Buffer.from(JSON.stringify(sent)).toString('base64url');
}

// Headers are decoded here one after the other: a block of memory of its own for each would cost more than decoding it.
const decoded = Buffer.alloc(16_384);

/**
 * Reads the openings' header. Says nothing about whether they match their commitments.
 *
 * @returns null if it is malformed
 */
export function decodeOpenings(header: string): Record<string, Opening> | null {
  try {
    const bytes = header.length <= decoded.byteLength ? decoded : Buffer.alloc(header.length);
    return openingsOf(JSON.parse(bytes.toString('utf8', 0, bytes.write(header, 'base64url'))));
  } catch {
    return null;
  }
}

/** Openings out of parsed JSON from a stranger; null if the shape is wrong. */
export function openingsOf(parsed: unknown): Record<string, Opening> | null {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
  const openings = parsed as Readonly<Record<string, unknown>>;
  for (const field of Object.keys(openings)) if (field === '__proto__' || !isOpening(openings[field])) return null;
  // Each member has just been looked at.
  return openings as Record<string, Opening>;
}

function isOpening(value: unknown): value is { salt: string; value: JsonValue } {
  if (typeof value !== 'object' || value === null) return false;
  const { salt, value: sealed } = value as { salt?: unknown; value?: unknown };
  return typeof salt === 'string' && sealed !== undefined;
}

/** The value of the checkpoint's header. */
export function encodeCheckpointHeader(note: string): string {
  return Buffer.from(note).toString('base64url');
}

/** The signed note of a checkpoint header; whatever it is, `openCheckpoint` judges it. */
export function decodeCheckpointHeader(header: string): string {
  return Buffer.from(header, 'base64url').toString();
}
