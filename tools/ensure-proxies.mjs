// The programs that `npm run test:proxies` runs. As root on Debian and its kin what is missing is installed, and no service of theirs
// is left running; elsewhere the run ends here and says what to install.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each program is in the package of its name, and so is its service, if it has one. */
const PROGRAMS = ['nginx', 'caddy', 'haproxy', 'curl'];
const ATTEMPTS = 3;
const POLICY = '/usr/sbin/policy-rc.d';

const missing = PROGRAMS.filter((program) => !isInstalled(program));
if (missing.length > 0) install(missing);
const stillMissing = missing.filter((program) => !isInstalled(program));
if (stillMissing.length > 0) giveUp(stillMissing);

function isInstalled(program) {
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

function install(packages) {
  const canInstall = process.getuid?.() === 0 && run('apt-get', ['--version']).status === 0;
  if (!canInstall) return;
  console.log(`Installing ${packages.join(', ')} ...`);
  const before = new Set(serverProcesses());
  const isPolicyOurs = forbidStarting();
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      // With the lists as they are first: they are mostly there, and the mirror may not be.
      if (attempt > 1) apt(['update']);
      if (apt(['install', '--no-install-recommends', ...packages])) break;
    }
  } finally {
    if (isPolicyOurs) rmSync(POLICY, { force: true });
  }
  leaveNothingRunning(packages, before);
}

function apt(words) {
  const options = [
    '-o',
    'DPkg::Lock::Timeout=300',
    '-o',
    'Acquire::Retries=3',
    '-o',
    'Dpkg::Options::=--force-confold',
  ];
  const { output, status } = run('apt-get', ['-q', '-y', ...options, ...words]);
  if (status !== 0) console.log(`apt-get ${words.join(' ')} failed:\n${output}`);
  return status === 0;
}

/** Debian starts a service when its package is installed, unless this file says no. @returns whether it was made here */
function forbidStarting() {
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { flag: 'wx', mode: 0o755 });
    return true;
  } catch {
    return false;
  }
}

/** Whatever policy there was: a server that came with the packages goes again, and does not come back with the next boot. */
function leaveNothingRunning(packages, before) {
  if (existsSync('/run/systemd/system')) run('systemctl', ['disable', '--now', ...packages]);
  for (const pid of serverProcesses()) {
    if (before.has(pid)) continue;
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It has ended by itself.
    }
  }
}

function serverProcesses() {
  if (!existsSync('/proc/self/comm')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && PROGRAMS.includes(commandOf(name)))
    .map(Number);
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function run(program, words) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1', LC_ALL: 'C' };
  const { error, status, stderr, stdout } = spawnSync(program, words, { encoding: 'utf8', env, timeout: 600_000 });
  return {
    status: error === undefined ? status : null,
    output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`,
  };
}

function giveUp(programs) {
  console.error(`test:proxies runs real proxies, and these are not installed: ${programs.join(', ')}.`);
  console.error(
    `Install them (Debian, Ubuntu: sudo apt-get install --no-install-recommends ${programs.join(' ')}) or run as root.`,
  );
  console.log('\n0 passed, 1 failed');
  process.exit(1);
}
