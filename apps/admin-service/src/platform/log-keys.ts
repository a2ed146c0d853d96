import {
  type Cosigner,
  deriveSharedKeys,
  logCosigner,
  type NoteSigner,
  parseSignerKey,
  type SharedKeys,
} from '@keyfold/domain';
import { ConfigError } from '@keyfold/service-kit';
import type { AdminConfig } from './admin-config.js';

/** What the log is signed with, and what is derived from the secret that the services share. */
export class LogKeys {
  private constructor(
    readonly signer: NoteSigner,
    /** The log's second key, which says when a checkpoint was the newest one. */
    readonly cosigner: Cosigner,
    readonly shared: SharedKeys,
  ) {}

  /** @throws ConfigError if the signing key cannot be read or does not belong to the configured origin */
  static fromConfig({ settings }: AdminConfig): LogKeys {
    const signer = readSigner(settings.KEYFOLD_LOG_SIGNING_KEY);
    if (settings.KEYFOLD_LOG_ORIGIN !== undefined && settings.KEYFOLD_LOG_ORIGIN !== signer.name)
      throw new ConfigError('KEYFOLD_LOG_ORIGIN: is not the name in KEYFOLD_LOG_SIGNING_KEY');
    const cosigner = logCosigner(settings.KEYFOLD_LOG_SIGNING_KEY.trim());
    return new LogKeys(signer, cosigner, deriveSharedKeys(settings.KEYFOLD_SHARED_SECRET));
  }
}

function readSigner(text: string): NoteSigner {
  try {
    return parseSignerKey(text.trim());
  } catch {
    // The parser's own text could repeat the key.
    throw new ConfigError('KEYFOLD_LOG_SIGNING_KEY: is not a signer key (PRIVATE+KEY+<name>+<hash>+<base64>)');
  }
}
