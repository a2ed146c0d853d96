/** How tables that can be made from the log compare with it. */
export interface RebuildReport {
  /** Records of the log that were folded. */
  readonly records: number;
  readonly tables: readonly {
    readonly table: string;
    /** That the log says there are. */
    readonly rows: number;
    /** Rows that say something else. `row` names one by its key, `what` has names of columns and no values. */
    readonly different: readonly { readonly row: string; readonly what: string }[];
  }[];
  /** Whether the rows that differed have been replaced. */
  readonly isReplaced: boolean;
}

/** Rows that are named for each table; the rest are counted. */
const MOST_NAMED = 20;

/** @returns how many rows differ */
export function differentRows({ tables }: RebuildReport): number {
  return tables.reduce((sum, { different }) => sum + different.length, 0);
}

/**
 * Ends one service's part of `keyfold rebuild`: prints the report, with `--json` as JSON, and sets the exit code, which
 * is 1 where `--check` found rows that differ.
 *
 * @param where what was looked at, without credentials
 */
export function endRebuild(where: string, report: RebuildReport, argv: readonly string[]): void {
  const lines = argv.includes('--json') ? [JSON.stringify({ where, ...report })] : rebuildLines(where, report);
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exitCode = argv.includes('--check') && differentRows(report) > 0 ? 1 : 0;
}

/** The report in lines for an operator. */
function rebuildLines(where: string, report: RebuildReport): string[] {
  const { isReplaced, records, tables } = report;
  const count = differentRows(report);
  const outcome =
    count === 0 ? 'all as the log says' : `${count} rows ${isReplaced ? 'differed and were replaced' : 'differ'}`;
  return [
    `${where}: ${records} records folded, ${outcome}`,
    ...tables.flatMap(({ different, rows, table }) => {
      const named = different.slice(0, MOST_NAMED).map(({ row, what }) => `    ${row} ${what}`);
      const rest = different.length - named.length;
      return [
        `  ${table}: ${rows} rows${different.length === 0 ? '' : `, ${different.length} ${isReplaced ? 'differed' : 'differ'}`}`,
        ...named,
        ...(rest === 0 ? [] : [`    and ${rest} more`]),
      ];
    }),
  ];
}

/** Where a database is, as an operator knows it: no user, no password. */
export function databaseOf(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return `${host === '' ? (searchParams.get('host') ?? 'local') : host}${pathname}`;
}
