import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type NoteVerifier, verifierNamed } from '@keyfold/domain';

const content = z.object({ configured: z.string(), followed: z.string() });

/**
 * Which origin of the log this gateway follows, where a fork was acknowledged. Kept in the data directory, so that a
 * process that starts while the old database still answers somewhere does not go back to it. It counts for the
 * configured key alone: whoever configures another one begins anew.
 */
export class FollowedOrigin {
  private readonly path: string;

  constructor(
    private readonly dataDir: string,
    gatewayId: string,
  ) {
    this.path = join(dataDir, `log-origin-${gatewayId}.json`);
  }

  /**
   * @param configured the log's key as it is configured
   * @returns the same key, under the origin that is followed
   */
  read(configured: NoteVerifier, warn: (sentence: string) => void): NoteVerifier {
    const kept = this.kept(warn);
    return kept?.configured === configured.verifierKey ? verifierNamed(configured, kept.followed) : configured;
  }

  /**
   * Keeps it, whole or not at all, also through a loss of power.
   *
   * @param configured the log's key as it is configured
   * @param followed an origin that the log's own key has led to
   * @throws whatever the file system throws
   */
  keep(configured: string, followed: string): void {
    mkdirSync(this.dataDir, { recursive: true, mode: 0o700 });
    // Several workers may do so at once.
    const temporary = `${this.path}.${process.pid}.new`;
    writeFileSync(temporary, `${JSON.stringify({ configured, followed })}\n`, { mode: 0o600, flush: true });
    renameSync(temporary, this.path);
    const directory = openSync(this.dataDir, 'r');
    fsyncSync(directory);
    closeSync(directory);
  }

  private kept(warn: (sentence: string) => void): z.output<typeof content> | null {
    try {
      return content.parse(JSON.parse(readFileSync(this.path, 'utf8')));
    } catch (error) {
      // Without it the log's present origin is asked for again.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') warn(`${this.path} cannot be read and does not count`);
      return null;
    }
  }
}
