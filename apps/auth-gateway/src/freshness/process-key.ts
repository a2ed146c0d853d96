import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cosigner, generateCosignerKey, parseCosignerKey, processName } from '@keyfold/domain';
import { type FileLock, tryLockFile } from '@keyfold/file-lock';

const SEED_BYTES = 32;

/** Which process of which gateway it is, and where it keeps its key. */
export interface ProcessPlace {
  readonly dataDir: string;
  readonly gatewayId: string;
  readonly slot: string;
}

/** A process's own key, held by nobody else while it is open. */
export interface ProcessKey {
  readonly cosigner: Cosigner;
  /** Lets another process have it. */
  close(): void;
}

/**
 * Why a process has no key of its own.
 * - `KEY_IN_USE`: another process with the same gateway id, worker slot and data directory runs
 * - `KEY_DAMAGED`: the file holds something else than this process's key
 * - `KEY_UNREACHABLE`: file or directory can be neither read nor made
 */
export type ProcessKeyProblem = 'KEY_IN_USE' | 'KEY_DAMAGED' | 'KEY_UNREACHABLE';

/** There is no key to be had. The message is a sentence for the operator and names the file, never what is in it. */
export class ProcessKeyError extends Error {
  override readonly name = 'ProcessKeyError';

  constructor(
    readonly code: ProcessKeyProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Opens the key by which a process cosigns what it has applied: `process-<gatewayId>-<slot>.key` in the data directory,
 * random, made where there is none. It is locked while it is open, on a file of its own: closing any descriptor of a
 * file drops this process's fcntl locks on it, so reading the key would let go of a lock on the key's file. The kernel
 * releases the lock when the process dies.
 *
 * @throws ProcessKeyError
 */
export function openProcessKey({ dataDir, gatewayId, slot }: ProcessPlace): ProcessKey {
  const stem = join(dataDir, `process-${gatewayId}-${slot}`);
  const lock = lockAt(`${stem}.lock`, dataDir);
  try {
    const cosigner = readOrMake({ dataDir, path: `${stem}.key`, name: processName(gatewayId, slot) });
    return {
      cosigner,
      close: () => {
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockAt(path: string, dataDir: string): FileLock {
  let lock: FileLock | null;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    lock = tryLockFile(path);
  } catch (error) {
    throw unreachable(path, error);
  }
  if (lock === null)
    throw new ProcessKeyError(
      'KEY_IN_USE',
      `another process of this gateway and slot runs: ${path} is locked. Each gateway needs a KEYFOLD_GATEWAY_ID of its own`,
    );
  return lock;
}

interface KeyFile {
  readonly dataDir: string;
  readonly path: string;
  readonly name: string;
}

/** To be called under the lock: nobody else makes it meanwhile. */
function readOrMake(file: KeyFile): Cosigner {
  try {
    return parse(read(file.path) ?? make(file), file);
  } catch (error) {
    if (error instanceof ProcessKeyError) throw error;
    throw unreachable(file.path, error);
  }
}

function read(path: string): string | undefined {
  try {
    // Volumes may come with bits for a group.
    chmodSync(path, 0o600);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * It is there whole or not at all, and stays after a loss of power: a key that was enrolled and is gone costs the slot
 * a lease.
 */
function make({ dataDir, name, path }: KeyFile): string {
  const text = `${generateCosignerKey(name, randomBytes(SEED_BYTES))}\n`;
  // One that a crash has left is overwritten.
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  const directory = openSync(dataDir, 'r');
  fsyncSync(directory);
  closeSync(directory);
  return text;
}

function parse(text: string, { name, path }: KeyFile): Cosigner {
  const damaged = (what: string): ProcessKeyError =>
    new ProcessKeyError('KEY_DAMAGED', `${path} ${what}; remove the file to have a key created`);
  let cosigner: Cosigner;
  try {
    cosigner = parseCosignerKey(text.trimEnd());
  } catch {
    // The error might say something of the key.
    throw damaged('does not hold a whole key');
  }
  if (cosigner.name !== name) throw damaged("holds another process's key");
  return cosigner;
}

function unreachable(path: string, error: unknown): ProcessKeyError {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return new ProcessKeyError('KEY_UNREACHABLE', `${path} can be neither used nor created (${code})`, { cause: error });
}
