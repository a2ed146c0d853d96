import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { BUGS } from './bugs.mjs';

/*
 * Plants each bug of bugs.mjs in a copy of the checkout and runs the tests that should find it. A check that nobody has
 * seen fail is worth nothing.
 *
 * node test/planted-bugs/run.mjs [part of a bug's kind or name ...]
 */
const run = promisify(execFile);
const ROOT = new URL('../..', import.meta.url).pathname;
const LONGEST_MS = 600_000;

const asked = process.argv.slice(2);
const bugs = BUGS.filter(
  ({ kind, name }) => asked.length === 0 || asked.some((part) => `${kind}: ${name}`.includes(part)),
);
const copy = await mkdtemp(join(tmpdir(), 'keyfold-planted-'));
let caught = 0;
try {
  await copyCheckout();
  const sound = new Map();
  for (const bug of bugs) {
    const what = `${bug.kind}: ${bug.name}`;
    const isSound = sound.get(key(bug)) ?? (await failures(bug)).length === 0;
    sound.set(key(bug), isSound);
    if (!isSound) {
      console.log(`NOT TRIED  ${what}: ${bug.test} fails without it`);
      continue;
    }
    const original = await plant(bug);
    const found = await failures(bug);
    await writeFile(join(copy, bug.file), original);
    if (found.length > 0) caught += 1;
    console.log(found.length > 0 ? `caught     ${what}\n           by ${bug.test}: ${found[0]}` : `NOT CAUGHT ${what}`);
  }
} finally {
  await rm(copy, { recursive: true });
}
console.log(`\n${caught} passed, ${bugs.length - caught} failed`);
process.exitCode = caught === bugs.length ? 0 : 1;

function key({ test, only = '' }) {
  return `${test} ${only}`;
}

async function copyCheckout() {
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of stdout.split('\n').filter((name) => name !== '')) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(ROOT, file), join(copy, file)).catch((error) => {
      if (error.code !== 'ENOENT') throw error; // deleted and not committed
    });
  }
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
}

/** @returns what the file was */
async function plant({ file, from, to }) {
  const original = await readFile(join(copy, file), 'utf8');
  const parts = original.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times what the bug replaces: ${from}`);
  await writeFile(join(copy, file), parts.join(to));
  return original;
}

/** The names of the tests that fail. A test file that cannot even be loaded has found nothing. */
async function failures({ test, only }) {
  const report = join(copy, 'report.json');
  const jest = ['node_modules/jest/bin/jest.js', '--maxWorkers=1', '--json', `--outputFile=${report}`, test];
  const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...jest];
  if (only !== undefined) options.push('-t', only);
  await run(process.execPath, options, { cwd: copy, timeout: LONGEST_MS, maxBuffer: 1e8 }).catch(() => undefined);
  const { testResults } = JSON.parse(await readFile(report, 'utf8'));
  await rm(report);
  if (testResults.length === 0) throw new Error(`there is no ${test}`);
  const broken = testResults.find(({ assertionResults, message }) => assertionResults.length === 0 && message !== '');
  if (broken !== undefined) throw new Error(`${test} cannot be loaded: ${broken.message}`);
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  return results.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
}
