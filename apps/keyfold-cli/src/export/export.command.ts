import { createWriteStream } from 'node:fs';
import { access, rename, rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Command } from 'commander';
import { CommandError, EXIT, ioError } from '../exit-codes.js';
import type { ExitCode } from '../exit-codes.js';
import { startProgress } from '../progress.js';
import type { Terminal } from '../terminal.js';

const DEFAULT_URL = 'http://127.0.0.1:3000';

interface ExportOptions {
  readonly output: string;
  readonly treeSize?: string;
  readonly force?: true;
  readonly progress?: boolean;
}

export function exportCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('export')
    .summary('fetch the log and its signed checkpoint into a file')
    .requiredOption('--output <file>', 'where to write, - for standard output')
    .option('--tree-size <n>', 'export the log as it was at this size (default: now)')
    .option('--force', 'overwrite the file if it exists')
    .option('--progress', 'show progress even without a terminal')
    .option('--no-progress', 'show no progress')
    .addHelpText('after', '\nKEYFOLD_URL names the admin-service, KEYFOLD_TOKEN a session with audit.read.')
    .action(async (options: ExportOptions) => {
      if (options.output !== '-') await requireAbsent(options.output, options.force === true);
      const body = await requestExport(terminal, options.treeSize);
      await (options.output === '-' ? toStandardOutput(terminal, body) : toFile(terminal, body, options));
      done(EXIT.ok);
    });
}

async function requireAbsent(file: string, mayOverwrite: boolean): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists && !mayOverwrite) throw new CommandError(EXIT.usage, `${file} exists already (--force overwrites it)`);
}

async function requestExport(terminal: Terminal, treeSize: string | undefined): Promise<Readable> {
  if (terminal.token === undefined) throw new CommandError(EXIT.usage, 'KEYFOLD_TOKEN is not set');
  const base = terminal.serviceUrl ?? DEFAULT_URL;
  const url = URL.parse('v1/audit/export', base.endsWith('/') ? base : `${base}/`);
  if (url === null) throw new CommandError(EXIT.usage, 'KEYFOLD_URL is not a URL');
  if (treeSize !== undefined) url.searchParams.set('treeSize', treeSize);
  const response = await fetch(url, { headers: { authorization: `Bearer ${terminal.token}` } }).catch(
    (err: unknown) => {
      throw ioError(`cannot reach ${url.origin}`, err instanceof Error && err.cause !== undefined ? err.cause : err);
    },
  );
  if (!response.ok || response.body === null) throw await refusalOf(response);
  // The two declarations of the same web stream (lib and node:stream/web) do not know each other.
  return Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
}

async function refusalOf(response: Response): Promise<CommandError> {
  const problem: unknown = await response.json().catch(() => null);
  const detail = typeof problem === 'object' && problem !== null && 'detail' in problem ? String(problem.detail) : '';
  return new CommandError(EXIT.io, `the service answered ${response.status} ${detail}`.trimEnd());
}

/** The file appears under its name only when complete: an export cut off on the way is never mistaken for one. */
async function toFile(terminal: Terminal, body: Readable, options: ExportOptions): Promise<void> {
  const partial = `${options.output}.partial`;
  const progress = startProgress(terminal, null, options.progress);
  let records = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) records += 1;
      progress.advance(chunk.length, records);
      next(null, chunk);
    },
  });
  try {
    await pipeline(body, meter, createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, options.output);
  } catch (err) {
    await rm(partial, { force: true });
    throw ioError('the export failed', err);
  } finally {
    progress.stop();
  }
}

async function toStandardOutput(terminal: Terminal, body: Readable): Promise<void> {
  try {
    await pipeline(body, terminal.stdout, { end: false });
  } catch (err) {
    throw ioError('the export failed', err);
  }
}
