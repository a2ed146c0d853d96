import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { CommandError, EXIT, type ExitCode, ioError } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

const EXPLANATION = `
Both services compute their tables from the log. --check computes them again in scratch tables and compares them with
the real ones, row by row; without it, rows that differ are replaced, while the services run. A part is compared if the
environment names its database: KEYFOLD_DATABASE_URL for the read models of the admin-service, and
KEYFOLD_GATEWAY_DATABASE_URL for the projection of a gateway, with KEYFOLD_GATEWAY_ID, KEYFOLD_LOG_PUBLIC_KEY,
KEYFOLD_SHARED_SECRET and the variables by which a gateway reaches the admin-service.
Exit code: 0 all rows are as the log says (or are now), 1 rows differ (--check), 2 wrong usage, 3 a part could not be
compared.`;

/** What can be rebuilt: the program that does it, and the variable that names its database. */
const PARTS = {
  'read-models': { program: 'admin-service', variable: 'KEYFOLD_DATABASE_URL' },
  projection: { program: 'auth-gateway', variable: 'KEYFOLD_GATEWAY_DATABASE_URL' },
} as const;
type Part = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as Part[];

interface RebuildOptions {
  readonly check?: true;
  readonly json?: true;
  readonly only?: Part;
}

export function rebuildCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('rebuild')
    .summary('compare read models and projections with the log, and replace rows that differ')
    .option('--check', 'change nothing')
    .option('--json', 'print a line of JSON for each part')
    .addOption(new Option('--only <part>', 'one part alone').choices(NAMES))
    .addHelpText('after', EXPLANATION)
    .action(async (options: RebuildOptions) => {
      done(await rebuild(terminal, options));
    });
}

async function rebuild(terminal: Terminal, { check, json, only }: RebuildOptions): Promise<ExitCode> {
  const { environment = {} } = terminal;
  const wanted = only === undefined ? NAMES : [only];
  const parts = wanted.filter((part) => environment[PARTS[part].variable] !== undefined);
  if (parts.length === 0) {
    const variables = wanted.map((part) => PARTS[part].variable).join(' or ');
    throw new CommandError(EXIT.usage, `nothing to compare: set ${variables}`);
  }
  let worst: ExitCode = EXIT.ok;
  for (const part of parts) {
    const args = [...(check === true ? ['--check'] : []), ...(json === true ? ['--json'] : [])];
    const code = await runProgram(terminal, PARTS[part].program, args);
    if (code > worst) worst = code;
  }
  return worst;
}

/**
 * Runs the one-shot program of a service, beside this one in the same build: the service's own code folds its tables.
 */
function runProgram(terminal: Terminal, service: string, args: readonly string[]): Promise<ExitCode> {
  const program = fileURLToPath(new URL(`../../../${service}/src/rebuild.js`, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { env: { ...terminal.environment }, stdio: 'pipe' });
    child.stdin.end();
    child.stdout.on('data', (chunk: Buffer) => terminal.stdout.write(chunk));
    child.stderr.on('data', (chunk: Buffer) => terminal.stderr.write(chunk));
    child.on('error', (error) => {
      reject(ioError(`cannot run ${program}`, error));
    });
    child.on('close', (code) => {
      resolve(code === EXIT.ok || code === EXIT.verificationFailed ? code : EXIT.io);
    });
  });
}
