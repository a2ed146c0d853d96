import { Command } from 'commander';
import type { Difference, EntityView, FactsView, LogRecord, StateView } from '@keyfold/domain';
import { differencesBetween, LogFold, parseInstant, snapshotOf, UnknownEventError, viewOf } from '@keyfold/domain';
import type { ExitCode } from '../exit-codes.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { printable, type Terminal, writeLines } from '../terminal.js';
import type { OnRecord } from '../verify/export-verifier.js';
import { ExportVerifier } from '../verify/export-verifier.js';
import { readVerifierKey } from '../verify/key-material.js';
import { openingsDemands, type OpeningsOptions, withOpeningsOptions } from '../verify/openings-options.js';
import { readExport } from '../verify/read-export.js';
import { describeReport } from '../verify/report.js';

const EXPLANATION = `
Folds the records as the gateways do and prints the state at a moment: settings, roles, users and keys. A moment is a
position, or an instant (2026-03-01T12:00:00Z), which means the last record at or before it. The export is verified
first; nothing is printed of an invalid one. Without a file, the log of the running service is exported (KEYFOLD_URL,
KEYFOLD_TOKEN).
Exit code: 0 done, 1 the export is invalid, 2 wrong usage, 3 unreadable file.`;

/** What stood before a range is not in it. */
export const RANGE = 'the export does not begin at position 1: only a whole export shows a state';

const POSITION = /^(?:0|[1-9]\d{0,15})$/;

interface ReplayOptions extends OpeningsOptions {
  readonly key: string;
  readonly to?: string;
  readonly since?: string;
  readonly json?: true;
  readonly progress?: boolean;
}

export function replayCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const command = new Command('replay')
    .summary('print what the log said at a moment, or what changed between two')
    .argument('[export]', 'file with the export, - for standard input (default: the live log)')
    .requiredOption('--key <file or key>', "the log's public key (log.pub), as a file or as the key itself")
    .option('--to <moment>', 'position or instant whose state is printed (default: the end)')
    .option('--since <moment>', 'print what has changed since then instead');
  return withOpeningsOptions(command)
    .option('--json', 'print JSON')
    .option('--progress', 'show progress even without a terminal')
    .option('--no-progress', 'show no progress')
    .addHelpText('after', EXPLANATION)
    .action(async (file: string | undefined, options: ReplayOptions) => {
      done(await replay(terminal, file, options));
    });
}

async function replay(terminal: Terminal, file: string | undefined, options: ReplayOptions): Promise<ExitCode> {
  const moments = { since: momentOf('--since', options.since), to: momentOf('--to', options.to) };
  const folded = new FoldedLog(moments.since, moments.to);
  const demands = openingsDemands(options);
  const verifier = new ExportVerifier(await readVerifierKey(options.key), [], folded.add, demands);
  await readExport(terminal, file, { verifier, wantsProgress: options.progress });
  const report = verifier.finish();
  if (!report.ok) {
    terminal.stderr.write(`${describeReport(report)}\n`);
    return EXIT.verificationFailed;
  }
  if (verifier.from > 1) throw new CommandError(EXIT.usage, RANGE);
  requireWithin('--since', options.since, report.records);
  requireWithin('--to', options.to, report.records);
  folded.requireReached();
  const { before, fold } = folded;
  const moment = { position: fold.position, at: fold.recordedAt };
  const lines =
    before === null ? stateLines(moment, viewOf(fold.facts), options) : changeLines(moment, folded, options);
  await writeLines(terminal, lines);
  return EXIT.ok;
}

/** @throws CommandError for a position that the export does not have: what the log said then cannot be told from it */
export function requireWithin(option: string, moment: string | undefined, records: number): void {
  if (moment === undefined || !POSITION.test(moment) || Number(moment) <= records) return;
  throw new CommandError(EXIT.usage, `${option} ${moment} lies beyond the export, which ends at position ${records}`);
}

/** The log has an event that this version cannot fold: what it said from there on cannot be told. */
export function newerVersionNeeded(unknown: UnknownEventError): CommandError {
  return new CommandError(EXIT.io, `a newer version is needed: ${unknown.message}`, { cause: unknown });
}

/** Whether a record is still part of what a moment means. */
type Moment = (record: LogRecord) => boolean;

function momentOf(option: string, text: string | undefined): Moment | null {
  if (text === undefined) return null;
  if (POSITION.test(text)) return ({ position }) => position <= Number(text);
  const ms = parseInstant(text);
  if (ms === null) throw new CommandError(EXIT.usage, `${option} is neither a position nor an instant (RFC 3339)`);
  return ({ recordedAt }) => Date.parse(recordedAt) <= ms;
}

/** The facts at the later moment, and, if there is an earlier one, at that. */
class FoldedLog {
  readonly fold = new LogFold();
  before: FactsView | null = null;
  /** The last record of the earlier moment. */
  private sincePosition = 0;
  private unknown: UnknownEventError | null = null;

  constructor(
    private readonly since: Moment | null,
    private readonly to: Moment | null,
  ) {}

  readonly add: OnRecord = (record, openings) => {
    if (this.since?.(record) === true) this.sincePosition = record.position;
    else if (this.since !== null) this.before ??= snapshotOf(this.fold.facts);
    if (this.unknown !== null || this.to?.(record) === false) return;
    try {
      this.fold.add(record, openings);
    } catch (error) {
      if (!(error instanceof UnknownEventError)) throw error;
      this.unknown = error;
    }
  };

  /** @throws CommandError if the state cannot be told */
  requireReached(): void {
    if (this.unknown !== null) throw newerVersionNeeded(this.unknown);
    if (this.sincePosition > this.fold.position)
      throw new CommandError(EXIT.usage, '--since is later than --to: exchange them');
    // Nothing came after the earlier moment: nothing has changed.
    if (this.since !== null) this.before ??= snapshotOf(this.fold.facts);
  }
}

interface At {
  readonly position: number;
  readonly at: string | null;
}

/** One JSON text in pieces that are lines, so that a state of any size is written in bounded memory. */
function* stateLines(
  { at, position }: At,
  { keys, roles, settings, users }: StateView,
  { json }: ReplayOptions,
): Generator<string> {
  if (json !== true) {
    yield `State at position ${position} (${at ?? 'before the first record'})`;
    yield `settings: ${printable(wordsOf(settings))}`;
    for (const [title, entities] of Object.entries({ role: roles, user: users, key: keys }))
      for (const { id, ...members } of entities) yield `${title} ${id}: ${printable(wordsOf(members))}`;
    return;
  }
  yield `{"position":${position},"at":${JSON.stringify(at)},"settings":${JSON.stringify(settings)},`;
  yield* listLines('roles', roles, ',');
  yield* listLines('users', users, ',');
  yield* listLines('keys', keys, '}');
}

function* listLines(name: string, entities: Iterable<EntityView>, end: string): Generator<string> {
  yield `"${name}":[`;
  let waiting: string | null = null;
  for (const entity of entities) {
    if (waiting !== null) yield `${waiting},`;
    waiting = JSON.stringify(entity);
  }
  if (waiting !== null) yield waiting;
  yield `]${end}`;
}

function* changeLines({ at, position }: At, { before, fold }: FoldedLog, { json }: ReplayOptions): Generator<string> {
  const changes = before === null ? [] : differencesBetween(before, fold.facts);
  if (json !== true) {
    yield `Changes up to position ${position} (${at ?? 'before the first record'})`;
    for (const change of changes) yield describeChange(change);
    return;
  }
  yield `{"position":${position},"at":${JSON.stringify(at)},"changes":[`;
  let waiting: string | null = null;
  for (const change of changes) {
    if (waiting !== null) yield `${waiting},`;
    waiting = JSON.stringify(change);
  }
  if (waiting !== null) yield waiting;
  yield ']}';
}

function describeChange({ after, before, id, kind, member }: Difference): string {
  const change = `${member} ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
  return `${kind}${id === null ? '' : ` ${id}`}: ${printable(change)}`;
}

function wordsOf(members: Readonly<Record<string, unknown>>): string {
  return Object.entries(members)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
