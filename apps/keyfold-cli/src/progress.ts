import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

const MEGABYTE = 1_000_000;

/** Reports how far a command has come. */
export interface Progress {
  advance(bytes: number, records?: number): void;
  stop(): void;
}

const SILENT: Progress = {
  advance: () => undefined,
  stop: () => undefined,
};

/**
 * A progress bar on standard error, so that standard output stays the result alone. Off where nobody watches (no
 * terminal), unless asked for.
 *
 * @param totalBytes null where the size is not known beforehand
 */
export function startProgress(terminal: Terminal, totalBytes: number | null, wanted: boolean | undefined): Progress {
  if (!(wanted ?? terminal.stderr.isTTY === true)) return SILENT;
  const unit = totalBytes === null ? '{megabytes} MB' : '{bar} {percentage}% | {megabytes} of {totalMegabytes} MB';
  const bar = new SingleBar({
    stream: terminal.stderr,
    noTTYOutput: true,
    notTTYSchedule: 1000,
    hideCursor: true,
    format: `${unit} | {records} records | {duration_formatted}`,
    barsize: 30,
  });
  let bytes = 0;
  const shown = (records: number): object => ({
    records,
    megabytes: Math.round(bytes / MEGABYTE),
    totalMegabytes: Math.round((totalBytes ?? 0) / MEGABYTE),
  });
  bar.start(totalBytes ?? 0, 0, shown(0));
  return {
    advance: (more, records = 0) => {
      bytes += more;
      bar.update(bytes, shown(records));
    },
    stop: () => {
      bar.stop();
    },
  };
}
