// What is shipped, as a package.json and its lock file: the services' dependencies, and the packages that Vite bundles
// into the console. The latter are development dependencies: the services need no copy of them in node_modules.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const CONSOLE_SOURCE = 'apps/console/src';

/**
 * Writes the repository's package.json and lock file to a folder, with the console's packages among the dependencies.
 * @returns the names of these dependencies
 */
export function writeShippedManifest(root, folder) {
  const manifest = shippedManifest(root);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  copyFileSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'));
  // Marks the console's packages as no longer "dev". The lock file names everything, so npm asks no registry.
  const options = [
    '--package-lock-only',
    '--ignore-scripts',
    '--offline',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  execFileSync('npm', ['install', ...options], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return Object.keys(manifest.dependencies);
}

function shippedManifest(root) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const dependencies = { ...manifest.dependencies };
  const devDependencies = { ...manifest.devDependencies };
  for (const name of consolePackages(root)) {
    const wanted = dependencies[name] ?? devDependencies[name];
    if (wanted === undefined) throw new Error(`The console imports ${name}, which package.json does not name`);
    dependencies[name] = wanted;
    delete devDependencies[name];
  }
  // Without "scripts": `npm install` would run "prepare".
  return { ...manifest, scripts: undefined, dependencies, devDependencies };
}

/** @returns the names of the packages that the console's source imports */
function consolePackages(root) {
  const folder = join(root, CONSOLE_SOURCE);
  const sources = readdirSync(folder, { recursive: true }).filter((name) => /\.(ts|tsx)$/.test(name));
  const names = sources.flatMap((name) => importedPackages(readFileSync(join(folder, name), 'utf8')));
  return new Set(names);
}

/** Static, dynamic and side-effect imports, but not relative ones; a path into a package counts as the package. */
function importedPackages(source) {
  const files = ts.preProcessFile(source).importedFiles.map(({ fileName }) => fileName);
  return files.filter((name) => !name.startsWith('.')).map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)[0]);
}
