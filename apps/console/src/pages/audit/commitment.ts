import type { Event } from '../../api/types.gen.js';
import { canonicalJson, fromBase64, sha256, toBase64Url, utf8 } from './bytes.js';

/**
 * Whether a revealed value is the one that the record commits to: base64url(SHA-256(salt || RFC 8785 bytes of the
 * value)).
 */
export async function matchesCommitment({ sealed, revealed, salts }: Event, field: string): Promise<boolean> {
  const json = canonicalJson(revealed?.[field]);
  const salt = fromBase64Url(salts?.[field]);
  if (json === null || salt === null) return false;
  return toBase64Url(await sha256(salt, utf8(json))) === sealed[field];
}

function fromBase64Url(text: string | null | undefined): Uint8Array | null {
  if (typeof text !== 'string') return null;
  const padded = text.replaceAll('-', '+').replaceAll('_', '/');
  return fromBase64(padded + '='.repeat((4 - (padded.length % 4)) % 4));
}
