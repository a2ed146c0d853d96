import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalNats, LocalPostgres } from '@keyfold/local-servers';
import { removeOutsideCluster, startNats, startPostgres } from '@keyfold/local-servers';

/** Runs the work in a temporary folder that is gone afterwards. */
export async function withScratch<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'keyfold-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the work with a Postgres server of its own, with the durable settings that Keyfold insists on. */
export async function withPostgres<Result>(
  work: (postgres: LocalPostgres) => Promise<Result>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Result> {
  return withScratch(async (dataDir) => {
    const postgres = await startPostgres({
      dataDir,
      settings: { shared_buffers: '256MB', max_connections: '100', ...settings },
    });
    try {
      return await work(postgres);
    } finally {
      await postgres.stop();
      await removeOutsideCluster(dataDir);
    }
  });
}

/** Runs the work with a nats-server of its own. */
export async function withNats<Result>(work: (nats: LocalNats) => Promise<Result>): Promise<Result> {
  return withScratch(async (folder) => {
    const nats = await startNats({ storeDir: join(folder, 'nats') });
    try {
      return await work(nats);
    } finally {
      await nats.stop();
    }
  });
}
