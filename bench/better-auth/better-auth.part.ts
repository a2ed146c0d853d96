import { execFile } from 'node:child_process';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkoutRoot } from '@keyfold/local-servers';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { basic, keepAuthorizations, withProvenKey } from '../stack/proven-key.js';
import { createDatabase } from '../stack/services.js';
import { startServer } from '../support/asked-server.js';
import { compareServers } from '../support/compare-servers.js';
import { withPostgres, withScratch } from '../support/scratch.js';

const NAME = 'forward-auth, against better-auth';
const INSTALL_TIMEOUT_MS = 300_000;
/** Its connections, and so the queries that it has under way. */
const CONNECTIONS = 10;

export const betterAuthPart: Part = {
  name: 'better-auth',
  about: "a proven key at the gateway against better-auth's API-key plugin on Postgres",
  run: (options) =>
    withScratch(async (packages): Promise<Figure[]> => {
      options.progress('better-auth: fetching its packages');
      const problem = await installPackages(packages);
      return problem === null ? besideProduct(packages, options) : [{ kind: 'not-run', name: NAME, reason: problem }];
    }),
};

/** Pinned by a lock of its own: its optional peers would get in the way of the ones that this repository has. */
async function installPackages(folder: string): Promise<string | null> {
  for (const file of ['package.json', 'package-lock.json'])
    await copyFile(join(checkoutRoot(), 'bench', 'better-auth', 'packages', file), join(folder, file));
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_local)/.test(name)),
  );
  try {
    const options = { cwd: folder, env, timeout: INSTALL_TIMEOUT_MS };
    await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], options);
    return null;
  } catch {
    return 'the packages of better-auth could not be fetched';
  }
}

function besideProduct(packages: string, options: BenchOptions): Promise<Figure[]> {
  return withPostgres(async (postgres) => {
    await createDatabase(postgres, 'better_auth');
    const theirs = await startServer('bench/better-auth/server.js', packages, postgres.superuserUrl('better_auth'));
    try {
      options.progress('better-auth: starting the product');
      return await withScratch((folder) =>
        withProvenKey(folder, async ({ gateway, load }) => {
          const key = theirs.lines.find((line) => line.startsWith('key '))?.slice('key '.length) ?? '';
          const authorizationsFile = await keepAuthorizations(folder, 'better-auth', [basic('bench', key)]);
          const path = '/v1/forward-auth';
          const ours = { server: gateway, load: load(gateway.url + path, options.seconds) };
          const given = { authorizationsFile, connections: CONNECTIONS };
          const compared = { server: theirs, load: { ...load(theirs.url + path, options.seconds), ...given } };
          return compareServers({ name: NAME, aim: 50, ours, theirs: compared }, options);
        }),
      );
    } finally {
      await theirs.stop();
    }
  });
}
