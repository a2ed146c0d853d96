import { Command } from 'commander';
import type { AuditedRecord, Explanation, LogRecord, NoteVerifier } from '@keyfold/domain';
import { explainAccess, isConcerning, parseInstant, summaryOf, UnknownEventError } from '@keyfold/domain';
import type { ExitCode } from '../exit-codes.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { newerVersionNeeded, RANGE, requireWithin } from '../replay/replay.command.js';
import { requestService } from '../service.js';
import { printable, type Terminal } from '../terminal.js';
import type { OnRecord } from '../verify/export-verifier.js';
import { ExportVerifier } from '../verify/export-verifier.js';
import { readVerifierKey } from '../verify/key-material.js';
import { openingsDemands, type OpeningsOptions, withOpeningsOptions } from '../verify/openings-options.js';
import { readExport } from '../verify/read-export.js';
import { describeReport } from '../verify/report.js';

const EXPLANATION = `
Says whether a caller with the secret of the key would have been let in, by the decision that the gateways make, and
names a minimal set of records for it: these alone give the answer, and without any one of them it would differ. A limit
refuses what you leave out: a key that is restricted to addresses needs --ip, one that may only read needs --method.
UNDETERMINED: the answer depends on a value that was erased or is not shown. The service shows it with audit.reveal, a
file if it was exported with --openings.
With a file the export is verified, and read twice; without one the service answers (KEYFOLD_URL, KEYFOLD_TOKEN).
Exit code: 0 answered, whatever the answer; 1 the export is invalid, 2 wrong usage, 3 unreadable file.`;

const WHOLE_KEY =
  '--key-id is the public id of a key, the 22 characters behind kf_. Revoke this key: command lines are seen and kept';

const UNDETERMINED = 'UNDETERMINED: it depends on a value that was erased or is not shown';

interface ExplainOptions extends OpeningsOptions {
  readonly key?: string;
  readonly keyId: string;
  readonly username?: string;
  readonly position?: string;
  readonly at?: string;
  readonly method?: string;
  readonly ip?: string;
  readonly scopes: readonly string[];
  readonly json?: true;
  readonly progress?: boolean;
}

interface Answer {
  readonly allowed: boolean;
  readonly reason: string | null;
  readonly decidedAtPosition: number;
  readonly at: string;
  readonly because: readonly { readonly position: number; readonly type: string; readonly summary: string }[];
}

export function explainCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const command = new Command('explain')
    .summary('say whether a key would have been let in at a moment, and which records made it so')
    .argument('[export]', 'file with the export (default: ask the service)')
    .requiredOption('--key-id <id>', 'the public id of the key')
    .option('--key <file or key>', "the log's public key (log.pub), needed with a file")
    .option('--username <name>', "the user name that was presented (default: the owner's)")
    .option('--position <n>', 'the facts at this position (default: the end, or the last record at --at)')
    .option('--at <instant>', "the log's clock (default: that record's time)")
    .option('--method <method>', 'the HTTP method')
    .option('--ip <address>', "the client's address")
    .option('--scopes <scope...>', 'the scopes that the service demands', []);
  return withOpeningsOptions(command)
    .option('--json', 'print JSON')
    .option('--progress', 'show progress even without a terminal')
    .option('--no-progress', 'show no progress')
    .addHelpText('after', EXPLANATION)
    .action(async (file: string | undefined, options: ExplainOptions) => {
      // Not the text itself: it must not be printed as well.
      if (options.keyId.startsWith('kf_')) throw new CommandError(EXIT.usage, WHOLE_KEY);
      const answer = file === undefined ? await askService(terminal, options) : await explain(terminal, file, options);
      if (answer === null) {
        done(EXIT.verificationFailed);
        return;
      }
      terminal.stdout.write(`${options.json === true ? JSON.stringify(answer) : describe(answer)}\n`);
      done(EXIT.ok);
    });
}

async function askService(terminal: Terminal, options: ExplainOptions): Promise<Answer> {
  requireNoneOfAFile(options);
  const { at, ip, keyId, method, scopes, username } = options;
  const position = positionOf(options.position);
  const body = { keyId, username, at, method, ip, scopes, ...(position === null ? {} : { position }) };
  const response = await requestService(terminal, 'v1/audit/explain', { body });
  return (await response.json()) as Answer;
}

/** @throws CommandError for an option that only a file can meet: whoever gave it relies on what it demands */
function requireNoneOfAFile({ key, requireOpenings, unsignedOpenings }: ExplainOptions): void {
  const given = Object.entries({ key, 'require-openings': requireOpenings, 'unsigned-openings': unsignedOpenings });
  for (const [option, value] of given)
    if (value !== undefined)
      throw new CommandError(EXIT.usage, `--${option} needs a file: without one the service answers`);
}

async function explain(terminal: Terminal, file: string, options: ExplainOptions): Promise<Answer | null> {
  if (options.key === undefined) throw new CommandError(EXIT.usage, '--key is needed to check the file');
  if (file === '-') throw new CommandError(EXIT.usage, 'the export is read twice: give a file');
  const key = await readVerifierKey(options.key);
  const until = new Until(positionOf(options.position), atOf(options.at));
  let ownerId: string | null = null;
  const isSound = await pass(terminal, file, {
    key,
    options,
    onRecord: ({ data, stream }) => {
      if (stream === `api-key/${options.keyId}` && typeof data['userId'] === 'string') ownerId ??= data['userId'];
    },
  });
  if (!isSound) return null;
  const records: AuditedRecord[] = [];
  await pass(terminal, file, {
    key,
    options,
    onRecord: (record, openings) => {
      if (!until.includes(record)) return;
      if (isConcerning(record.stream, options.keyId, ownerId)) records.push({ record, openings });
    },
  });
  if (until.position === 0) throw new CommandError(EXIT.usage, 'the log has no record by then');
  const at = options.at === undefined ? until.recordedAt : new Date(atOf(options.at) ?? 0).toISOString();
  const { ip = null, keyId, method = null, scopes, username = null } = options;
  const explanation = explained(records, { keyId, username, method, ip, scopes, nowMs: Date.parse(at) });
  return answerOf(explanation, { decidedAtPosition: until.position, at });
}

function explained(...[records, question]: Parameters<typeof explainAccess>): Explanation {
  try {
    return explainAccess(records, question);
  } catch (error) {
    throw error instanceof UnknownEventError ? newerVersionNeeded(error) : error;
  }
}

/** @returns whether the export holds; says so on standard error if not */
async function pass(
  terminal: Terminal,
  file: string,
  {
    key,
    onRecord,
    options,
  }: { readonly key: NoteVerifier; readonly onRecord: OnRecord; readonly options: ExplainOptions },
): Promise<boolean> {
  const demands = openingsDemands(options);
  const verifier = new ExportVerifier(key, [], onRecord, demands);
  await readExport(terminal, file, { verifier, wantsProgress: options.progress });
  const report = verifier.finish();
  if (report.from > 1) throw new CommandError(EXIT.usage, RANGE);
  if (report.ok) requireWithin('--position', options.position, report.records);
  else terminal.stderr.write(`${describeReport(report)}\n`);
  return report.ok;
}

/** Which records belong to the facts that are asked for. */
class Until {
  /** The last one of them. */
  position = 0;
  recordedAt = '';

  constructor(
    private readonly lastPosition: number | null,
    private readonly lastMs: number | null,
  ) {}

  includes({ position, recordedAt }: LogRecord): boolean {
    const isIncluded =
      this.lastPosition === null
        ? this.lastMs === null || Date.parse(recordedAt) <= this.lastMs
        : position <= this.lastPosition;
    if (isIncluded) [this.position, this.recordedAt] = [position, recordedAt];
    return isIncluded;
  }
}

function positionOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,15}$/.test(text)) return Number(text);
  throw new CommandError(EXIT.usage, '--position must be a whole number from 1');
}

function atOf(text: string | undefined): number | null {
  const ms = text === undefined ? null : parseInstant(text);
  if (text !== undefined && ms === null) throw new CommandError(EXIT.usage, '--at is not an instant (RFC 3339)');
  return ms;
}

function answerOf({ allowed, because, reason }: Explanation, moment: Pick<Answer, 'decidedAtPosition' | 'at'>): Answer {
  const records = because.map((record) => ({
    position: record.position,
    type: record.type,
    summary: summaryOf(record),
  }));
  return { allowed, reason, ...moment, because: records };
}

function describe({ allowed, at, because, decidedAtPosition, reason }: Answer): string {
  const answer = allowed ? 'ALLOWED' : reason === 'UNDETERMINED' ? UNDETERMINED : `REFUSED: ${String(reason)}`;
  return [
    `${answer} (facts at position ${decidedAtPosition}, clock ${at})`,
    ...because.map(({ position, summary, type }) => `  ${position} ${type}: ${printable(summary)}`),
  ].join('\n');
}
