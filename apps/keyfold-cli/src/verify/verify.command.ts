import { Command } from 'commander';
import { parseInstant } from '@keyfold/domain';
import type { ExitCode } from '../exit-codes.js';
import { CommandError, EXIT } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import type { Demands } from './demands.js';
import { ExportVerifier } from './export-verifier.js';
import { readKnownCheckpoint, readPolicy, readVerifierKey } from './key-material.js';
import { openingsDemands, type OpeningsOptions, withOpeningsOptions } from './openings-options.js';
import { readExport } from './read-export.js';
import { describeReport } from './report.js';

const EXPLANATION = `
Computes every record's leaf hash and the tree's root again, and checks the checkpoint's signature, offline.
Exit code: 0 verified, 1 not (the first bad position is named), 2 wrong usage, 3 unreadable file.

An export proves what the log said when its checkpoint was signed. --known proves that the log was not rewritten since a
checkpoint that you kept (curl .../v1/log/checkpoint), and that the export is no older; --not-before proves that it is
no older than an instant; --policy proves that others have seen the same log.`;

interface VerifyOptions extends OpeningsOptions {
  readonly key: string;
  readonly known: readonly string[];
  readonly notBefore?: string;
  readonly policy?: string;
  readonly json?: true;
  readonly progress?: boolean;
}

export function verifyCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const command = new Command('verify')
    .summary('check an export against the public key of its log')
    .argument('<export>', 'file with the export, - for standard input')
    .requiredOption('--key <file or key>', "the log's public key (log.pub), as a file or as the key itself")
    .option('--known <file...>', 'signed checkpoints of an earlier time that the export must extend', [])
    .option('--not-before <instant>', "the checkpoint must have been the log's newest then or later")
    .option('--policy <file>', 'C2SP tlog-policy: the logs and the quorum of witnesses that the checkpoint needs');
  return withOpeningsOptions(command)
    .option('--json', 'print the report as JSON')
    .option('--progress', 'show progress even without a terminal')
    .option('--no-progress', 'show no progress')
    .addHelpText('after', EXPLANATION)
    .action(async (file: string, options: VerifyOptions) => {
      done(await verifyFile(terminal, file, options));
    });
}

async function verifyFile(terminal: Terminal, file: string, options: VerifyOptions): Promise<ExitCode> {
  const key = await readVerifierKey(options.key);
  const known = await Promise.all(options.known.map((path) => readKnownCheckpoint(path, key)));
  const verifier = new ExportVerifier(key, known, undefined, await demandsOf(options));
  await readExport(terminal, file, { verifier, wantsProgress: options.progress });
  const report = verifier.finish();
  terminal.stdout.write(`${options.json === true ? JSON.stringify(report) : describeReport(report)}\n`);
  return report.ok ? EXIT.ok : EXIT.verificationFailed;
}

async function demandsOf({ notBefore, policy, ...options }: VerifyOptions): Promise<Demands> {
  const ms = notBefore === undefined ? null : parseInstant(notBefore);
  if (notBefore !== undefined && ms === null)
    throw new CommandError(EXIT.usage, '--not-before is not an instant (RFC 3339)');
  return {
    ...(ms === null ? {} : { notBeforeSeconds: Math.ceil(ms / 1000) }),
    ...openingsDemands(options),
    ...(policy === undefined ? {} : { policy: await readPolicy(policy) }),
  };
}
