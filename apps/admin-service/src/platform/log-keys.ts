import type pg from 'pg';
import {
  type Cosigner,
  deriveSharedKeys,
  GenuineSignatures,
  logCosigner,
  type NoteSigner,
  type NoteVerifier,
  originAfter,
  originsOf,
  parseSignerKey,
  parseVerifierKey,
  type SharedKeys,
  signerNamed,
} from '@keyfold/domain';
import { ConfigError } from '@keyfold/service-kit';
import type { AdminConfig } from './admin-config.js';

/** Of heads and receipts; each gateway process makes one for each checkpoint. */
const MAX_SIGNATURES = 16_384;

/** What the log is signed with, and what is derived from the secret that the services share. */
export class LogKeys {
  /** Signatures of the log and of gateways' processes that were found genuine here. */
  readonly signatures = new GenuineSignatures(MAX_SIGNATURES);
  /** The log's public key, under its present origin. */
  readonly verifier: NoteVerifier;

  private constructor(
    readonly signer: NoteSigner,
    /** The log's second key, which says when a checkpoint was the newest one. */
    readonly cosigner: Cosigner,
    readonly shared: SharedKeys,
    /** Origins that the log had before the forks that were acknowledged, oldest first. */
    readonly previousOrigins: readonly NoteSigner[],
  ) {
    this.verifier = this.signatures.remembering(parseVerifierKey(signer.verifierKey));
  }

  /**
   * The configured key, under the name of the origin that the log has now.
   *
   * @param pool of the log's database, migrated
   * @throws ConfigError like {@link check}; whatever Postgres throws
   */
  static async of(config: AdminConfig, pool: pg.Pool): Promise<LogKeys> {
    const configured = LogKeys.check(config);
    const text = config.settings.KEYFOLD_LOG_SIGNING_KEY.trim();
    const successions = await readSuccessions(pool);
    const own = signerNamed(text, originAfter(configured.name, successions));
    const present = parseSignerKey(own).name;
    const previous = originsOf(successions)
      .filter((origin) => origin !== present && originAfter(origin, successions) === present)
      .map((origin) => parseSignerKey(signerNamed(text, origin)));
    const shared = deriveSharedKeys(config.settings.KEYFOLD_SHARED_SECRET);
    return new LogKeys(parseSignerKey(own), logCosigner(own), shared, previous);
  }

  /** @throws ConfigError if the signing key cannot be read or does not belong to the configured origin */
  static check({ settings }: AdminConfig): NoteSigner {
    const signer = readSigner(settings.KEYFOLD_LOG_SIGNING_KEY);
    if (settings.KEYFOLD_LOG_ORIGIN !== undefined && settings.KEYFOLD_LOG_ORIGIN !== signer.name)
      throw new ConfigError('KEYFOLD_LOG_ORIGIN: is not the name in KEYFOLD_LOG_SIGNING_KEY');
    return signer;
  }
}

/** The acknowledged forks in the order of their records. */
async function readSuccessions(pool: pg.Pool): Promise<{ previousOrigin: string; origin: string }[]> {
  const { rows } = await pool.query<{ previousOrigin: string; origin: string }>(
    'select previous_origin as "previousOrigin", origin from keyfold.log_origins order by position',
  );
  return rows;
}

function readSigner(text: string): NoteSigner {
  try {
    return parseSignerKey(text.trim());
  } catch {
    // The parser's own text could repeat the key.
    throw new ConfigError('KEYFOLD_LOG_SIGNING_KEY: is not a signer key (PRIVATE+KEY+<name>+<hash>+<base64>)');
  }
}
