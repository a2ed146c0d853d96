import { Writable } from 'node:stream';
import { run } from '../../apps/keyfold-cli/src/run.js';

/** What one run of the command line took. */
export interface CommandCost {
  readonly exitCode: number;
  readonly milliseconds: number;
  /** The most that the process has held of the machine's memory. */
  readonly peakMegabytes: number;
}

/* Runs one command of `keyfold`, drops what it prints, and sends its cost to the process that started this one. */
const sink = (): Writable =>
  new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
const start = performance.now();
const exitCode = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: sink(),
  stderr: process.stderr,
  serviceUrl: undefined,
  token: undefined,
});
const cost: CommandCost = {
  exitCode,
  milliseconds: performance.now() - start,
  peakMegabytes: (process.resourceUsage().maxRSS * 1024) / 1_000_000,
};
process.send?.(cost);
process.disconnect();
