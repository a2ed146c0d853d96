import { z } from 'zod';
import type { StoredRecord } from '@keyfold/event-store';

/** A record as the API shows it: the ten members of its leaf, and what its sealed fields hold if that was asked for. */
export const EventResource = z
  .object({
    position: z.int(),
    stream: z.string(),
    version: z.int(),
    type: z.string(),
    schemaVersion: z.int(),
    recordedAt: z.string(),
    actor: z.string(),
    correlationId: z.string(),
    data: z.record(z.string(), z.unknown()),
    sealed: z.record(z.string(), z.string()),
    revealed: z.record(z.string(), z.unknown()).optional(),
    salts: z.record(z.string(), z.string().nullable()).optional(),
  })
  .meta({ id: 'Event' });

/**
 * Hashes of passwords and of keys' secrets. Never shown: a reader of the log has no use for them, and an attacker could
 * guess passwords with them.
 */
export const CREDENTIAL_FIELDS: ReadonlySet<string> = new Set(['passwordHash', 'secretHash']);

/** Every field that can be revealed. A read of many records is logged with this list. */
export const REVEALED_FIELDS = ['allowedIpRanges', 'displayName', 'email', 'name', 'note', 'subject', 'username'];

/**
 * `revealed` has every sealed field but credentials, null where the opening was erased; `salts` has what belongs to
 * each, so that anyone can compute the commitment again: base64url(SHA-256(salt || RFC 8785 bytes of the value)).
 */
export function toEventResource(stored: StoredRecord, isRevealed: boolean): object {
  const { record, openings } = stored;
  if (!isRevealed) return record;
  const fields = revealableFields(stored);
  return {
    ...record,
    revealed: Object.fromEntries(fields.map((field) => [field, openings[field]?.value ?? null])),
    salts: Object.fromEntries(fields.map((field) => [field, openings[field]?.salt ?? null])),
  };
}

/** The sealed fields of a record that can be shown. */
export function revealableFields({ record }: StoredRecord): string[] {
  return Object.keys(record.sealed).filter((field) => !CREDENTIAL_FIELDS.has(field));
}
