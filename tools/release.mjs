// Makes a release of what is committed: `npm run release` (or with `-- --dry-run`, which checks and changes nothing).
//
// It checks that the tree is clean, that every place that names the version names the same one, and that CHANGELOG.md
// has a dated section for it and nothing left under "Unreleased". Then it writes two files to release/: the notes, and
// a software bill of materials (CycloneDX) of what is shipped, the console's bundle included. Last it makes the
// annotated tag. It pushes nothing; its last lines say how. Run .ci/run on the same commit first. After an interruption
// run it again.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeShippedManifest } from './shipped-manifest.mjs';

/** Pinned here and not a development dependency: it is needed once a release, and it brings 150 packages. */
const SBOM_TOOL = '@cyclonedx/cyclonedx-npm@6.0.1';
const FOLDER = 'release';

const isDryRun = process.argv.includes('--dry-run');
const unknown = process.argv.slice(2).filter((word) => word !== '--dry-run');
if (unknown.length > 0) fail(`usage: npm run release [-- --dry-run]; unknown: ${unknown.join(' ')}`);

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const tag = `v${version}`;
const notes = notesOf(version);
const problems = [...versionProblems(), ...changelogProblems(), ...gitProblems()];
if (problems.length > 0) fail(problems.join('\n'));

const sbom = join(FOLDER, `${name}-${version}.cdx.json`);
const notesFile = join(FOLDER, `${name}-${version}.md`);
if (isDryRun) {
  console.log(`Ready to release ${name} ${version} from ${git('rev-parse', '--short', 'HEAD')}.`);
  console.log(`Would write ${sbom} and ${notesFile}, and make the tag ${tag}.`);
} else {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(notesFile, notes);
  writeSbom();
  // The notes have headings, which git would take for comments.
  git('tag', '--annotate', '--cleanup=verbatim', '--file', notesFile, tag);
  console.log(`Made the tag ${tag}, ${sbom} and ${notesFile}. To publish them:`);
  console.log(`  git push origin ${tag}`);
  console.log(`  and a release on the forge with ${notesFile} as its text and ${sbom} attached`);
}

/**
 * From the lock file, so it names what `npm ci --omit=dev` installs on any platform, and is the same every time. The
 * console's packages are in it too: they are shipped inside its bundle.
 */
function writeSbom() {
  const folder = mkdtempSync(join(tmpdir(), 'keyfold-sbom-'));
  const shipped = writeShippedManifest('.', folder);
  const options = ['--package-lock-only', '--omit', 'dev', '--output-reproducible', '--output-file', resolve(sbom)];
  execFileSync('npx', ['--yes', '--package', SBOM_TOOL, '--', 'cyclonedx-npm', ...options], {
    cwd: folder,
    // Its optional packages only validate the result, and one of them is compiled.
    env: { ...process.env, npm_config_omit: 'optional' },
    stdio: 'inherit',
  });
  rmSync(folder, { recursive: true });
  const { bomFormat, components, metadata } = JSON.parse(readFileSync(sbom, 'utf8'));
  if (bomFormat !== 'CycloneDX' || metadata.component.version !== version)
    fail(`${sbom} is not the bill of materials of ${name} ${version}`);
  const listed = new Set(components.map(({ group, name: short }) => (group ? `${group}/${short}` : short)));
  const missing = shipped.filter((dependency) => !listed.has(dependency));
  if (missing.length > 0) fail(`${sbom} lacks ${missing.join(', ')}`);
}

function versionProblems() {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const compose = /^\s*image: keyfold:(\S+)$/m.exec(readFileSync('docker-compose.yml', 'utf8'))?.[1];
  const readme = /-t keyfold:(\S+)/.exec(readFileSync('README.md', 'utf8'))?.[1];
  const named = {
    'package-lock.json': lock.version,
    'package-lock.json (packages)': lock.packages[''].version,
    'docker-compose.yml (image)': compose,
    'README.md (docker build)': readme,
  };
  return [
    ...(/^\d+\.\d+\.\d+$/.test(version) ? [] : [`package.json: ${version} is not a version like 1.2.3`]),
    ...Object.entries(named)
      .filter(([, found]) => found !== version)
      .map(([place, found]) => `${place} says ${found}, package.json ${version}`),
  ];
}

function changelogProblems() {
  const unreleased = sectionOf('[Unreleased]');
  return [
    ...(notes === '' ? [`CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD" with an entry`] : []),
    ...(unreleased === undefined ? ['CHANGELOG.md has no section "## [Unreleased]"'] : []),
    ...(unreleased?.includes('- ') ? [`CHANGELOG.md: move what is under [Unreleased] to [${version}]`] : []),
  ];
}

function gitProblems() {
  const changed = git('status', '--porcelain');
  return [
    ...(changed === '' ? [] : [`The tree is not clean:\n${changed}`]),
    ...(git('tag', '--list', tag) === '' ? [] : [`The tag ${tag} exists: raise the version in package.json`]),
  ];
}

/** The section's text, or nothing if it has no entry or its date is missing. */
function notesOf(released) {
  const section = sectionOf(`[${released}] - `, /^\d{4}-\d{2}-\d{2}$/);
  return section?.includes('- ') ? `${section.trim()}\n` : '';
}

/** @returns the text under the heading that begins so, or undefined if there is none whose rest fits */
function sectionOf(heading, rest = /^$/) {
  const sections = readFileSync('CHANGELOG.md', 'utf8').split(/^## /m).slice(1);
  const found = sections.find((section) => {
    const [first = ''] = section.split('\n', 1);
    return first.startsWith(heading) && rest.test(first.slice(heading.length));
  });
  return found?.slice(found.indexOf('\n') + 1);
}

function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8' }).trimEnd();
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
