// Installs Debian packages for tests that need more than npm has: as root on Debian and its kin, and without leaving a
// service of theirs running.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const ATTEMPTS = 3;
const PAUSE_MS = 3_000;
const POLICY = '/usr/sbin/policy-rc.d';

/** Whether a program is where programs are, those of servers included. */
export function isOnPath(program) {
  // Debian keeps servers where the PATH of ordinary users does not look.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/**
 * Tries to install packages; whether they are there afterwards is for the caller to see. Nothing happens without root
 * or apt-get.
 */
export function install(packages) {
  const canInstall = process.getuid?.() === 0 && run('apt-get', ['--version']).status === 0;
  if (!canInstall) return;
  console.log(`Installing ${packages.join(', ')} ...`);
  // Heard only once apt-get has ended, and with it what has to be put back.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const isPolicyOurs = forbidStarting();
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      // With the lists as they are first: they are mostly there, and the mirror may not be.
      if (attempt > 1) apt(['update']);
      if (apt(['install', '--no-install-recommends', ...packages])) break;
      pause(PAUSE_MS * attempt);
    }
  } finally {
    if (isPolicyOurs) rmSync(POLICY, { force: true });
  }
  leaveNothingRunning(packages);
}

function apt(words) {
  const settings = ['DPkg::Lock::Timeout=300', 'Acquire::Retries=3', 'Dpkg::Options::=--force-confold'];
  const options = settings.flatMap((setting) => ['-o', setting]);
  const { output, status } = run('apt-get', ['-q', '-y', ...options, ...words]);
  if (status !== 0) console.log(`apt-get ${words.join(' ')} failed:\n${output}`);
  return status === 0;
}

/**
 * Debian starts a service when its package is installed, unless this file says no. @returns whether it was made here
 */
function forbidStarting() {
  try {
    const text = "#!/bin/sh\n# Of an installation for Keyfold's tests; if none is under way, remove this.\nexit 101\n";
    writeFileSync(POLICY, text, { flag: 'wx', mode: 0o755 });
    return true;
  } catch {
    return false;
  }
}

/**
 * Whatever policy there was: the services that came with the packages are stopped, and do not come back with the next
 * boot.
 */
function leaveNothingRunning(packages) {
  if (existsSync('/run/systemd/system')) run('systemctl', ['disable', '--now', ...packages]);
  else for (const name of packages) if (existsSync(`/etc/init.d/${name}`)) run('service', [name, 'stop']);
}

function run(program, words) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1', LC_ALL: 'C' };
  const { error, status, stderr, stdout } = spawnSync(program, words, { encoding: 'utf8', env, timeout: 600_000 });
  return {
    status: error === undefined ? status : null,
    output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`,
  };
}

function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Ends the run with what is missing and how to install it, as one failed test. */
export function giveUp(sentence, packages) {
  console.error(`${sentence}: ${packages.join(', ')}.`);
  console.error(
    `Install them (Debian, Ubuntu: sudo apt-get install --no-install-recommends ${packages.join(' ')}) or run as root.`,
  );
  console.log('\n0 passed, 1 failed');
  process.exit(1);
}
