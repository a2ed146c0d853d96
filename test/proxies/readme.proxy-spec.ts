import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { checkoutRoot, freePort, isAlive, removeOutsideCluster, signalProcess } from '@keyfold/local-servers';
import { eventually } from '@keyfold/testing/eventually';

/*
 * Runs README.md's shell commands as a reader would: from top to bottom, in one shell, with the product that `npm
 * start` runs. Only the ports differ. Each command must succeed, and one that names a status (`# 401`) must get it.
 */

/** Lines that are not run, each with the reason. A line that README no longer has fails the test. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'docker compose build': 'needs Docker; test:image builds the image',
  'docker compose run --rm secrets   # once: makes .keyfold/compose/': 'needs Docker; test:image runs it',
  'docker compose up -d': 'needs Docker; test:image runs the containers',
  'cat .keyfold/compose/admin-password': 'needs Docker; the secrets are those of test:image',
  'docker compose run --rm --no-deps auth-gateway node dist/apps/auth-gateway/src/prepare.js': 'needs Docker',
  'npm test              # all tests; starts servers of its own on free ports, needs nothing running': 'is a test run',
  'npm run test:proxies  # deploy/ with the real nginx, HAProxy and Caddy, both services behind PgBouncer; installs them if it can (root on Debian)':
    'is this test run',
  "npm run test:versions # services of two versions at work together; builds the older one out of the repository's history":
    'is a test run',
  'npm run test:image    # builds the image and runs it on real servers, without Docker (root on Debian)':
    'is a test run',
  'npm run test:console  # the web console in a browser, its size and its types (needs Chromium)': 'is a test run',
  "npm run test:verifiers # the log checked with the library of Go's checksum database (needs Go)": 'is a test run',
  'npm run test:faults   # the whole product while its processes, servers and connections fail, some minutes':
    'is a test run',
  'KEYFOLD_TOKEN=$token npm run -s keyfold -- revoke $(echo "$issued" | jq -r .id) --wait --receipt receipt.json':
    'asks the default port; receipts.e2e-spec.ts runs it',
  'npm run -s keyfold -- fork              # what was lost, and behind which position':
    'needs a log that has forked; fork-acknowledged.e2e-spec.ts runs it',
  'npm run -s keyfold -- fork acknowledge --position 4711':
    'needs a log that has forked; fork-acknowledged.e2e-spec.ts runs it',
  'npm run lint          # ESLint and the import rules': '.ci/run runs it',
  'npm run typecheck': '.ci/run runs it',
  'npm run bench         # speed, as ratios inside one run; see bench/README.md':
    'takes long; says nothing when it works',
};
/** Lines of which a part is run. */
const IN_PART: Readonly<Record<string, string>> = { 'npm ci && npm start': 'npm start' };
/** Ports that README names: of both services, the second gateway, the proxies, and the service behind them. */
const PORTS = ['3000', '3100', '3102', '3110', '3111', '8080', '8081'] as const;
const LASTING = /(?:^|\s)(npm start|npm run start:gateway|caddy run .*)$/;
const STATUS = /\s# (\d{3})\b.*$/;
const MARK = '--- the reader has read this ---';

const ports = new Map<string, string>();
let folder: string;
let shell: ReaderShell;
let service: Server;

beforeAll(async () => {
  for (const port of PORTS) ports.set(port, String(await freePort()));
  folder = await mkdtemp(join(tmpdir(), 'keyfold-readme-'));
  // As a checkout, but with data of its own.
  for (const name of ['package.json', 'node_modules', 'dist', 'deploy', 'tools'])
    await symlink(join(checkoutRoot(), name), join(folder, name));
  service = createServer((_request, response) => response.end('the report\n')).listen(Number(ports.get('8081')));
  await once(service, 'listening');
  shell = new ReaderShell(folder, {
    KEYFOLD_DATA_DIR: join(folder, '.keyfold'),
    KEYFOLD_ADMIN_PORT: ours('3000'),
    KEYFOLD_ADMIN_OPS_PORT: String(await freePort()),
    KEYFOLD_ADMIN_INTERNAL_PORT: String(await freePort()),
    KEYFOLD_GATEWAY_PORT: ours('3100'),
    KEYFOLD_GATEWAY_OPS_PORT: String(await freePort()),
    KEYFOLD_PROXY_PORT: ours('3102'),
    // The addresses that the Caddyfile has as defaults.
    KEYFOLD_LISTEN: `http://:${ours('8080')}`,
    KEYFOLD_GATEWAY: `127.0.0.1:${ours('3100')}`,
  });
});
afterEach(async () => {
  await shell.end();
});
afterAll(async () => {
  service.close();
  await removeOutsideCluster(join(folder, '.keyfold'));
  await rm(folder, { recursive: true, force: true });
});

test("README's commands do what it says, one after the other", async () => {
  const lines = await commandLines();
  for (const line of [...Object.keys(NOT_RUN), ...Object.keys(IN_PART)]) expect(lines).toContain(line);
  let together: string[] = [];
  const runTogether = async (): Promise<void> => {
    if (together.length > 0) await shell.succeeds(together.join('\n'));
    together = [];
  };
  for (const line of lines) {
    if (line in NOT_RUN) continue;
    const command = withOurPorts(IN_PART[line] ?? line);
    const status = STATUS.exec(command)?.[1];
    if (status === undefined && !LASTING.test(command)) {
      together.push(command);
      continue;
    }
    await runTogether();
    if (status === undefined) await shell.starts(command);
    else await shell.eventuallyAnswers(command.replace(STATUS, ''), status);
  }
  await runTogether();
  expect(shell.seen).toContain('API Key Sign In');
  expect(shell.seen).toContain('"username":"dana"');
  expect(shell.seen).toContain('the report');
  expect(shell.seen).toContain('prepared');
});

function ours(port: string): string {
  const mapped = ports.get(port);
  if (mapped === undefined) throw new Error(`README has port ${port}, which this test does not know`);
  return mapped;
}

/** The lines of the `sh` blocks in their order. */
async function commandLines(): Promise<string[]> {
  const text = await readFile(join(checkoutRoot(), 'README.md'), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.trimEnd().split('\n'));
}

function withOurPorts(line: string): string {
  return line.replace(/(?<=[:=])\d{4}\b/g, ours);
}

/** The shell of a reader: what one command sets, the next one has. */
class ReaderShell {
  seen = '';
  private readonly bash: ChildProcess;
  private readonly lasting = new Map<string, number>();
  private scripts = 0;

  constructor(
    private readonly folder: string,
    env: Readonly<Record<string, string>>,
  ) {
    const inherited = Object.entries(process.env).filter(
      ([name]) => !name.startsWith('KEYFOLD_') || name === 'KEYFOLD_NATS_SERVER',
    );
    this.bash = spawn('bash', ['--norc', '--noprofile'], {
      cwd: folder,
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.bash.stdout, this.bash.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.seen += chunk.toString();
      });
    this.write(`set -E -o pipefail; trap 'echo "FAILED: $BASH_COMMAND" >>failed' ERR`);
    // A refused request ends with an exit code. A gateway may need a moment to know what has just been written.
    this.write(`curl() {
      case "$*" in
        *"\${gateway-http://none}"*) command curl --fail-with-body --retry 20 --retry-delay 1 --retry-all-errors "$@" ;;
        *) command curl --fail-with-body "$@" ;;
      esac
    }`);
  }

  /** Runs commands and returns what they printed. */
  private async run(commands: string): Promise<string> {
    const script = join(this.folder, `script-${++this.scripts}.sh`);
    await writeFile(script, `${commands}\n`);
    const mark = `${MARK} ${this.scripts}\n`;
    const from = this.seen.length;
    this.write(`. ${script} </dev/null 2>&1; printf '\\n${mark.replace('\n', '\\n')}'`);
    await eventually(() => {
      if (this.bash.exitCode !== null) throw new Error(`the shell has ended:\n${this.seen}`);
      return this.seen.slice(from).includes(mark);
    });
    return this.seen.slice(from).replace(mark, '');
  }

  async succeeds(commands: string): Promise<void> {
    const printed = await this.run(commands);
    const failed = await readFile(join(this.folder, 'failed'), 'utf8').catch(() => '');
    if (failed !== '') throw new Error(`${failed}of\n${commands}\nwhich printed\n${printed}`);
  }

  /** Gateways follow the log a moment later, so the command is repeated until it gets the status. */
  async eventuallyAnswers(command: string, status: string): Promise<void> {
    await eventually(async () => {
      expect(await this.run(`command ${command}`)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    }, 20_000);
  }

  /** Starts what runs until it is stopped; of two of a kind the earlier one is stopped first, as the reader does. */
  async starts(command: string): Promise<void> {
    const kind = LASTING.exec(command)?.[1] ?? '';
    const earlier = this.lasting.get(kind);
    if (earlier !== undefined) await this.stop(earlier);
    const log = join(this.folder, `lasting-${this.scripts}.log`);
    const printed = await this.run(`${command} >${log} 2>&1 &\necho "pid $!"`);
    const pid = Number(/^pid (\d+)$/m.exec(printed)?.[1]);
    this.lasting.set(kind, pid);
    await eventually(async () => {
      const text = await readFile(log, 'utf8');
      if (!isAlive(pid)) throw new Error(`${command} has ended:\n${text}`);
      if (kind === 'npm start') return /^Keyfold is ready$/m.test(text);
      const port = kind === 'npm run start:gateway' ? `${ours('3111')}/readyz` : ours('8080');
      const response = await fetch(`http://127.0.0.1:${port}`);
      return kind.startsWith('caddy') || response.status === 200;
    });
  }

  private async stop(pid: number): Promise<void> {
    signalProcess(pid, 'SIGTERM');
    await eventually(() => !isAlive(pid));
  }

  async end(): Promise<void> {
    // The gateway that joined first, so that it does not wait for servers that are gone.
    for (const pid of [...this.lasting.values()].reverse()) await this.stop(pid);
    this.bash.stdin?.end();
    if (this.bash.exitCode === null) await once(this.bash, 'close');
  }

  private write(line: string): void {
    this.bash.stdin?.write(`${line}\n`);
  }
}
