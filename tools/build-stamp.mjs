/*
 * Spares a build of what is built already. CI alone would build seven times: after the installation and before each
 * suite that runs what is built.
 *
 * node tools/build-stamp.mjs begin    before a build: notes what is about to be built
 * node tools/build-stamp.mjs end      after it: that is now what dist/ was built from
 * node tools/build-stamp.mjs check    exits with 0 if dist/ was built from what is here now, and with 1 otherwise
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const STAMP = join(ROOT, 'dist', '.built-from');
const BEGUN = `${STAMP}.new`;
/** All that a build reads: sources, how they are built, and the versions of the packages that build them. */
const SOURCES = ['apps/**', 'libs/**', 'bench/**', 'tsconfig*.json', 'nest-cli.json', 'package*.json'];
const NOT_BUILT = /(?:spec|\.testing)\.ts$|^bench\/results\.json$|(?:^|\/)node_modules\//;
/** Something of each builder; who has deleted a part of dist/ must get it back. */
const BUILT = ['dist/apps/local-stack/src/main.js', 'dist/bench/main.js', 'dist/apps/console/index.html'];

/** The content counts: a checkout gives every file a new time. */
function sourcesHash() {
  const hash = createHash('sha256').update(process.version);
  const files = globSync(SOURCES, { cwd: ROOT, exclude: (path) => path.endsWith('node_modules') });
  for (const file of files.sort()) {
    const path = join(ROOT, file);
    if (NOT_BUILT.test(file) || !statSync(path).isFile()) continue;
    const content = readFileSync(path);
    hash.update(`${file} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

const steps = {
  begin() {
    const begun = sourcesHash();
    rmSync(STAMP, { force: true });
    mkdirSync(join(ROOT, 'dist'), { recursive: true });
    writeFileSync(BEGUN, begun);
  },
  end() {
    renameSync(BEGUN, STAMP);
  },
  check() {
    const isBuilt = BUILT.every((path) => existsSync(join(ROOT, path)));
    if (!isBuilt || !existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== sourcesHash()) process.exitCode = 1;
  },
};

steps[process.argv[2]]();
