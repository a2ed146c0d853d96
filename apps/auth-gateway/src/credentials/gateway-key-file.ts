import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '@keyfold/service-kit';

const KEY_BYTES = 32;
/** The path may also be the default below KEYFOLD_DATA_DIR. */
const VARIABLE = 'KEYFOLD_GATEWAY_PROOF_KEY_FILE';

/**
 * The gateway's own key for remembered proofs: random, made at the first start, in a file that only its user may read.
 * Whoever deletes it loses nothing but the proofs: each key is proven by Argon2 once more.
 *
 * @throws ConfigError if the file has another length (it is somebody else's, or only half of one), or can be neither
 *   read nor made
 */
export function readOrMakeGatewayKey(path: string): Buffer {
  try {
    return readOrMake(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${VARIABLE}: can be neither read nor created (${code})`, { cause: error });
  }
}

function readOrMake(path: string): Buffer {
  const existing = read(path);
  if (existing !== undefined) return requireKey(existing);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx', flush: true });
  try {
    // A link is made whole or not at all, and not over another process's, whose key is then used.
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
  return requireKey(readFileSync(path));
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function requireKey(key: Buffer): Buffer {
  if (key.byteLength !== KEY_BYTES)
    throw new ConfigError(
      `${VARIABLE}: does not hold a key of ${KEY_BYTES} bytes; remove the file to have one created`,
    );
  return key;
}
