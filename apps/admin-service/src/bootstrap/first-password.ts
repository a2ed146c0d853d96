import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdminConfig } from '../platform/admin-config.js';

export interface FirstPassword {
  readonly source: 'configured' | 'generated';
  readonly password: string;
  readonly file: string | null;
  /** Takes back what was written, if it was written here. */
  discard(): Promise<void>;
}

/**
 * The configured password; else one generated and kept in `<data dir>/admin-password`; else one that only lives in
 * memory.
 */
export async function obtainFirstPassword({ settings }: AdminConfig): Promise<FirstPassword> {
  const configured = settings.KEYFOLD_ADMIN_PASSWORD;
  const nothing = (): Promise<void> => Promise.resolve();
  if (configured !== undefined) return { source: 'configured', password: configured, file: null, discard: nothing };
  const generated = randomBytes(18).toString('base64url');
  const dir = settings.KEYFOLD_DATA_DIR;
  if (dir === undefined) return { source: 'generated', password: generated, file: null, discard: nothing };

  const file = join(dir, 'admin-password');
  const isOurs = await writeOnce(file, generated);
  const password = isOurs ? generated : (await readFile(file, 'utf8')).trim();
  return { source: 'generated', password, file, discard: isOurs ? () => rm(file, { force: true }) : nothing };
}

/**
 * Writes the file unless it is there. It appears whole or not at all, so a crash or a second replica never sees half a
 * password.
 *
 * @returns whether this call wrote it
 */
async function writeOnce(file: string, text: string): Promise<boolean> {
  await mkdir(join(file, '..'), { recursive: true, mode: 0o700 });
  const scratch = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(scratch, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(scratch, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(scratch, { force: true });
  }
}
