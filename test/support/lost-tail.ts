import { execFile } from 'node:child_process';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestPostgres } from './postgres.js';

const run = promisify(execFile);

/** A copy of a cluster's files, taken while the server was stopped. */
export interface ClusterBackup {
  /**
   * Puts the copy in the cluster's place and starts it: whatever was committed since is gone.
   *
   * @param isPromoted on a timeline of its own, as a standby that was promoted; otherwise the server looks like the one
   *   before
   */
  restore(options: { readonly isPromoted: boolean }): Promise<void>;
}

/** Stops the server for the copy and starts it again. The copy lies beside the cluster and goes with it. */
export async function backUp(postgres: TestPostgres): Promise<ClusterBackup> {
  const { clusterDir } = postgres.server;
  const copy = `${clusterDir}.backup`;
  await postgres.server.stop('fast');
  await rm(copy, { recursive: true, force: true });
  await run('cp', ['-a', clusterDir, copy]);
  await postgres.restart();
  return {
    async restore({ isPromoted }) {
      await postgres.server.stop('fast');
      await rm(clusterDir, { recursive: true });
      await run('cp', ['-a', copy, clusterDir]);
      if (isPromoted) await beginTimeline(clusterDir);
      await postgres.restart();
    },
  };
}

/** Recovery that finds no more WAL ends by promoting the server. */
async function beginTimeline(clusterDir: string): Promise<void> {
  await appendFile(join(clusterDir, 'postgresql.auto.conf'), "restore_command = 'false'\n");
  await writeFile(join(clusterDir, 'recovery.signal'), '');
}

/**
 * Takes the end of a log away under a running server, as nothing but a superuser could.
 *
 * @param query as the superuser
 * @param kept the row of `keyfold.log_head` at the size to go back to
 */
export async function cutLog(
  query: (sql: string, values?: unknown[]) => Promise<unknown>,
  kept: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { size, root, frontier, recorded_at: recordedAt } = kept;
  const tables = ['events', 'openings', 'log_head', 'signed_checkpoints'];
  for (const table of tables) await query(`alter table keyfold.${table} disable trigger all`);
  await query('begin');
  await query('delete from keyfold.events where position > $1', [size]);
  await query('delete from keyfold.openings where position > $1', [size]);
  await query('delete from keyfold.signed_checkpoints where size > $1', [size]);
  await query('update keyfold.log_head set size = $1, root = $2, frontier = $3, recorded_at = $4', [
    size,
    root,
    frontier,
    recordedAt,
  ]);
  await query('commit');
  for (const table of tables) await query(`alter table keyfold.${table} enable trigger all`);
}
