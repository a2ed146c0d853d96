import { execFile } from 'node:child_process';
import {
  chown,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Buildah } from './buildah.js';

/** What a build and a health check use of Node's own image, and what Node itself needs. */
const PACKAGES = 'base-files,bash,coreutils,dash,findutils,grep,libatomic1,libstdc++6,sed';
/** Where a build finds the certificates that npm trusts on this machine. */
const CA_FILE = '/etc/ssl/certs/ca-certificates.crt';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const run = promisify(execFile);

/**
 * Makes a stand-in for Node's image out of this machine's Debian packages, Node and npm, since the tests pull nothing:
 * the same system, user and places, without what is in no package. Stores it under the name that the Dockerfile gives,
 * less the digest.
 *
 * @returns the name
 */
export async function makeBaseImage(buildah: Buildah, dockerfile: string): Promise<string> {
  const [, name] = /^ARG NODE_IMAGE=([^@\s]+)/m.exec(dockerfile) ?? [];
  if (name === undefined) throw new Error('the Dockerfile names no base image');
  const folder = await mkdtemp(join(tmpdir(), 'keyfold-base-'));
  try {
    const archive = join(folder, 'debian.tar');
    // Only unpacked: to configure packages takes a chroot with mounts, and one that is busy for a moment fails the run.
    const system = ['--variant=extract', `--include=${PACKAGES}`, await suite(), archive];
    await run('mmdebstrap', [...system, ...(await packageSources())], { maxBuffer: 64 << 20 });
    const { name: container, root } = await buildah.container('scratch');
    await buildah.run('add', '--quiet', container, archive, '/');
    await addNode(root);
    await buildah.run('config', '--env', `PATH=${PATH}`, '--cmd', 'node', container);
    await buildah.run('commit', '--quiet', '--rm', container, `docker.io/library/${name}`);
    return `docker.io/library/${name}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function suite(): Promise<string> {
  const [, codename] = /^VERSION_CODENAME=(\S+)$/m.exec(await readFile('/etc/os-release', 'utf8')) ?? [];
  if (codename === undefined) throw new Error('/etc/os-release names no release of Debian');
  return codename;
}

/** The files that say where this machine has its packages from. */
async function packageSources(): Promise<string[]> {
  const folder = '/etc/apt/sources.list.d';
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.(?:list|sources)$/.test(name));
  const single = await readFile('/etc/apt/sources.list', 'utf8').catch(() => '');
  return [...(/^deb /m.test(single) ? ['/etc/apt/sources.list'] : []), ...names.map((name) => join(folder, name))];
}

async function addNode(root: string): Promise<void> {
  const local = join(root, 'usr/local');
  // An unconfigured system lacks what packages make when they are configured.
  for (const folder of ['bin', 'lib/node_modules']) await mkdir(join(local, folder), { recursive: true });
  await mkdir(join(root, 'home/node'), { recursive: true });
  await chown(join(root, 'home/node'), 1_000, 1_000);
  await copyFile(process.execPath, join(local, 'bin/node'));
  await cp(await npmFolder(), join(local, 'lib/node_modules/npm'), { recursive: true, dereference: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'));
  const users = ['root:x:0:0:root:/root:/bin/bash', 'node:x:1000:1000::/home/node:/bin/bash'];
  await writeFile(join(root, 'etc/passwd'), `${users.join('\n')}\n`);
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
  const trusted = await certificates();
  if (trusted === undefined) return;
  await mkdir(dirname(join(root, CA_FILE)), { recursive: true });
  await copyFile(trusted, join(root, CA_FILE));
}

/** Of the npm on the PATH, `<prefix>/lib/node_modules/npm/bin/npm-cli.js`. */
async function npmFolder(): Promise<string> {
  const { stdout } = await run('sh', ['-c', 'command -v npm']);
  return dirname(dirname(await realpath(stdout.trim())));
}

/**
 * The text of an .npmrc with this machine's settings of npm (registry, proxy, credentials, certificates) for the build
 * inside. The project's own files name no registry.
 */
export async function npmSettings(): Promise<string> {
  const texts = await Promise.all(
    ['globalconfig', 'userconfig'].map(async (name) => readFile((await setting(name)) ?? '', 'utf8').catch(() => '')),
  );
  // What the environment says goes before the files, and in a file the last line counts.
  const lines = await Promise.all(
    ['registry', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl'].map(async (name) => {
      const value = await setting(name);
      return value === undefined ? '' : `${name}=${value}`;
    }),
  );
  return [...texts, ...lines, (await certificates()) === undefined ? '' : `cafile=${CA_FILE}`, ''].join('\n');
}

async function setting(name: string): Promise<string | undefined> {
  const value = (await run('npm', ['config', 'get', name])).stdout.trim();
  return value === '' || value === 'null' || value === 'undefined' ? undefined : value;
}

/** The file of what npm trusts beyond Node's own list. */
async function certificates(): Promise<string | undefined> {
  return (await setting('cafile')) ?? process.env['NODE_EXTRA_CA_CERTS'];
}
