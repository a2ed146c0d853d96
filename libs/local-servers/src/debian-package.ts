import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program in a package of Debian's. */
export interface PackagedProgram {
  readonly package: string;
  /** In the package, without a slash before it. */
  readonly path: string;
}

/**
 * Downloads a package of Debian's with apt (which checks its signature) and takes one program out of it; nothing is
 * installed, root is not needed.
 *
 * @returns the path of the program, in `folder` and with a name that nobody uses
 */
export async function unpackDebianPackage(folder: string, program: PackagedProgram): Promise<string> {
  const work = await mkdtemp(join(folder, 'debian-'));
  try {
    await aptDownload(work, program.package);
    const file = (await readdir(work)).find((name) => name.endsWith('.deb'));
    if (file === undefined) throw new Error('apt-get downloaded nothing');
    await run('dpkg', ['-x', join(work, file), join(work, 'unpacked')], { timeout: 60_000 });
    const path = join(folder, `${basename(program.path)}.${process.pid}.new`);
    await copyFile(join(work, 'unpacked', program.path), path);
    return path;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function aptDownload(work: string, name: string): Promise<void> {
  const how = { cwd: work, timeout: 120_000, env: { ...process.env, LC_ALL: 'C' } };
  try {
    await run('apt-get', ['-qq', 'download', name], how);
    return;
  } catch {
    // The machine has no package lists, or none that name it: lists of our own, below the work folder.
  }
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true });
  const options = [
    `Dir::State::lists=${work}/lists`,
    `Dir::Cache=${work}/cache`,
    'Dir::State::status=/var/lib/dpkg/status',
    'APT::Sandbox::User=',
    'Debug::NoLocking=1',
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false',
  ].flatMap((option) => ['-o', option]);
  await run('apt-get', ['-qq', ...options, 'update'], how);
  await run('apt-get', ['-qq', ...options, 'download', name], how);
}
