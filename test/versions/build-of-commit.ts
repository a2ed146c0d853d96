import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The last commit whose messages could not grow, and whose gateways know no keys of their own. */
export const OLDER_COMMIT = '75aee3d65f965895f6c1f5f9f816a9610b16ccc4';

const CHECKOUT = new URL('../..', import.meta.url).pathname;

export interface Build {
  /** The folder of the built services. */
  readonly built: string;
  remove(): Promise<void>;
}

/**
 * Builds the services as they were at a commit: its files in a temporary folder, this checkout's node_modules, its own
 * configuration.
 *
 * @throws if the commit is not in this clone, or does not build
 */
export async function buildOfCommit(commit: string, services: readonly string[]): Promise<Build> {
  const folder = await mkdtemp(join(tmpdir(), `keyfold-${commit.slice(0, 7)}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await unpack(commit, folder);
    await symlink(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
    const nest = join(folder, 'node_modules/@nestjs/cli/bin/nest.js');
    await Promise.all(services.map((service) => run(process.execPath, [nest, 'build', service], { cwd: folder })));
    return { built: join(folder, 'dist/apps/'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function unpack(commit: string, folder: string): Promise<void> {
  const archive = join(folder, 'archive.tar');
  await run('git', ['-C', CHECKOUT, 'cat-file', '-e', `${commit}^{commit}`]).catch(() => {
    throw new Error(
      `commit ${commit} is not in this clone, and older builds are made of the history: git fetch --unshallow`,
    );
  });
  await run('git', ['-C', CHECKOUT, 'archive', '--format=tar', '-o', archive, commit]);
  await run('tar', ['-xf', archive, '-C', folder]);
  await rm(archive);
}
