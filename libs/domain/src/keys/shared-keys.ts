import { hkdfSync } from 'node:crypto';

/** What the two services derive from the secret that they share. The first of each list makes, all verify. */
export interface SharedKeys {
  /** For the tags of API keys. */
  readonly tagKeys: readonly Buffer[];
  /** For the messages that gateways send. */
  readonly messageKeys: readonly Buffer[];
  /** For signing tokens: Ed25519 seeds. */
  readonly tokenSeeds: readonly Buffer[];
}

/** The shared secret is unusable. The message never contains it. */
export class SharedSecretError extends Error {
  readonly code = 'INVALID_SHARED_SECRET';
  override readonly name = 'SharedSecretError';
}

/** Characters that an entry of the shared secret must have at least. */
export const MIN_SHARED_SECRET_CHARACTERS = 32;

const DERIVED_BYTES = 32;

/**
 * Derives the keys for each purpose from each entry of the shared secret (HKDF-SHA-256, RFC 5869, no salt, an info
 * string for each purpose), so that none of them tells anything about another.
 *
 * @param entries newest first, at least one, each at least {@link MIN_SHARED_SECRET_CHARACTERS} characters.
 * @throws SharedSecretError if there is none, one is too short, or one occurs twice.
 */
export function deriveSharedKeys(entries: readonly string[]): SharedKeys {
  if (entries.length === 0) throw new SharedSecretError('the shared secret has no entry');
  if (entries.some((entry) => entry.length < MIN_SHARED_SECRET_CHARACTERS)) {
    throw new SharedSecretError(
      `an entry of the shared secret has at least ${MIN_SHARED_SECRET_CHARACTERS} characters`,
    );
  }
  if (new Set(entries).size !== entries.length)
    throw new SharedSecretError('an entry of the shared secret occurs twice');
  return {
    tagKeys: deriveKeys(entries, 'keyfold/v1/api-key-tag'),
    messageKeys: deriveKeys(entries, 'keyfold/v1/gateway-message'),
    tokenSeeds: deriveKeys(entries, 'keyfold/v1/token-signing'),
  };
}

/**
 * The keys for one more purpose, derived as those of {@link deriveSharedKeys} are.
 *
 * @param entries of the shared secret.
 * @param info names the purpose; nothing else may use it.
 * @returns 32 bytes for each entry, in their order.
 */
export function deriveKeys(entries: readonly string[], info: string): Buffer[] {
  return entries.map((entry) =>
    Buffer.from(hkdfSync('sha256', Buffer.from(entry), Buffer.alloc(0), info, DERIVED_BYTES)),
  );
}
