import { createWriteStream } from 'node:fs';
import { access, rename, rm } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { Command } from 'commander';
import type { ExitCode } from '../exit-codes.js';
import { CommandError, EXIT, ioError } from '../exit-codes.js';
import { startProgress } from '../progress.js';
import { requestExport } from '../service.js';
import type { Terminal } from '../terminal.js';

interface ExportOptions {
  readonly output: string;
  readonly treeSize?: string;
  readonly from?: string;
  readonly to?: string;
  readonly openings?: true;
  readonly force?: true;
  readonly progress?: boolean;
}

export function exportCommand(terminal: Terminal, done: (code: ExitCode) => void): Command {
  return new Command('export')
    .summary('fetch the log and its signed checkpoint into a file')
    .requiredOption('--output <file>', 'where to write, - for standard output; *.gz and *.zst are compressed')
    .option('--tree-size <n>', 'export the log as it was at this size (default: now)')
    .option('--from <position>', 'begin at this position')
    .option('--to <position>', 'end at this position')
    .option('--openings', 'with the sealed values (audit.reveal), but for hashes of credentials')
    .option('--force', 'overwrite the file if it exists')
    .option('--progress', 'show progress even without a terminal')
    .option('--no-progress', 'show no progress')
    .addHelpText('after', '\nKEYFOLD_URL names the admin-service, KEYFOLD_TOKEN a session with audit.read.')
    .action(async (options: ExportOptions) => {
      if (options.output !== '-') await requireAbsent(options.output, options.force === true);
      const { from, openings, to, treeSize } = options;
      const query = Object.fromEntries(
        Object.entries({ from, to, treeSize, openings: openings && 'true' }).filter(([, value]) => value !== undefined),
      );
      const body = await requestExport(terminal, query);
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
    await pipeline([body, meter, ...compressors(options.output), createWriteStream(partial, { mode: 0o600 })]);
    await rename(partial, options.output);
  } catch (error) {
    await rm(partial, { force: true });
    throw ioError('the export failed', error);
  } finally {
    progress.stop();
  }
}

function compressors(file: string): Transform[] {
  if (file.endsWith('.gz')) return [createGzip()];
  return file.endsWith('.zst') ? [createZstdCompress()] : [];
}

async function toStandardOutput(terminal: Terminal, body: Readable): Promise<void> {
  try {
    await pipeline(body, terminal.stdout, { end: false });
  } catch (error) {
    throw ioError('the export failed', error);
  }
}
