import { chmod, chown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import { EXIT, ioError } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import { makeSecrets, OPERATORS_SECRETS } from './make-secrets.js';

const DEFAULT_FOLDER = '.keyfold/compose';

export function composeSecretsCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('compose-secrets')
    .summary("make the files of docker-compose.yml's secrets, once")
    .argument('[folder]', 'where they are kept', DEFAULT_FOLDER)
    .addHelpText('after', '\nA folder that is there already is kept: the databases know its passwords.')
    .action(async (folder: string) => {
      const isNew = await makeFolder(resolve(folder)).catch((error: unknown) => {
        throw ioError('the secrets could not be made', error);
      });
      terminal.stdout.write(`${isNew ? 'Made' : 'Kept'} the secrets of docker-compose.yml in ${folder}\n`);
      done(EXIT.ok);
    });
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Made beside its place and renamed there: half a set would be a system that does not fit itself. @returns whether it
 * is new
 */
async function makeFolder(folder: string): Promise<boolean> {
  const owner = await makeParents(dirname(folder));
  const partial = `${folder}.new`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  // The containers' users have other ids than the owner, so the files are readable; the folder around them is the
  // owner's alone.
  for (const [name, text] of Object.entries(makeSecrets())) await write(join(partial, name), `${text}\n`, 0o444, owner);
  for (const name of OPERATORS_SECRETS) await write(join(partial, name), '', 0o644, owner);
  await giveTo(owner, partial);
  try {
    await rename(partial, folder);
    return true;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!(await isFolder(folder))) throw error;
    // A later version of the Compose file may ask for more of these.
    for (const name of OPERATORS_SECRETS) await writeIfMissing(join(folder, name), owner);
    return false;
  }
}

/**
 * Makes the folders that are missing. @returns the owner of the one that was there: whoever made the checkout, also
 * where root runs this
 */
async function makeParents(folder: string): Promise<Owner> {
  if (await isFolder(folder)) return stat(folder);
  const owner = await makeParents(dirname(folder));
  await mkdir(folder);
  await giveTo(owner, folder);
  return owner;
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function write(path: string, text: string, mode: number, owner: Owner): Promise<void> {
  await writeFile(path, text);
  await chmod(path, mode);
  await giveTo(owner, path);
}

async function writeIfMissing(path: string, owner: Owner): Promise<void> {
  try {
    await writeFile(path, '', { flag: 'wx', mode: 0o644 });
    await giveTo(owner, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Whoever runs this owns what it makes; only root can and must pass it on. */
async function giveTo({ gid, uid }: Owner, path: string): Promise<void> {
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}
