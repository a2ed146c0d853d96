import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { checkoutRoot } from '@keyfold/local-servers';
import { appendPart } from './append/append.part.js';
import { auditPart } from './audit/audit.part.js';
import { betterAuthPart } from './better-auth/better-auth.part.js';
import { commandsPart } from './commands/commands.part.js';
import { consolePart } from './console/console.part.js';
import { firstUsePart } from './first-use/first-use.part.js';
import { floodPart } from './flood/flood.part.js';
import { forwardAuthPart } from './forward-auth/forward-auth.part.js';
import { handWrittenPart } from './hand-written/hand-written.part.js';
import type { BenchOptions, Figure, Part } from './harness/figure.js';
import { tableOf, writeResults } from './harness/report.js';
import { headsPart } from './heads/heads.part.js';
import { latencyPart } from './latency/latency.part.js';
import { listingPart } from './listing/listing.part.js';
import { manyKeysPart } from './many-keys/many-keys.part.js';
import { memoryPart } from './memory/memory.part.js';
import { nginxBasicPart } from './nginx-basic/nginx-basic.part.js';
import { projectionPart } from './projection/projection.part.js';
import { proxyPart } from './proxy/proxy.part.js';
import { rebuildPart } from './rebuild/rebuild.part.js';
import { receiptsPart } from './receipts/receipts.part.js';
import { startPart } from './start/start.part.js';
import { timingPart } from './timing/timing.part.js';
import { usesPart } from './uses/uses.part.js';
import { workersPart } from './workers/workers.part.js';

const PARTS: readonly Part[] = [
  appendPart,
  auditPart,
  commandsPart,
  projectionPart,
  rebuildPart,
  latencyPart,
  headsPart,
  receiptsPart,
  forwardAuthPart,
  listingPart,
  consolePart,
  manyKeysPart,
  nginxBasicPart,
  betterAuthPart,
  firstUsePart,
  floodPart,
  memoryPart,
  timingPart,
  proxyPart,
  startPart,
  usesPart,
  workersPart,
  handWrittenPart,
];

interface Options {
  readonly only?: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly events: number;
  readonly keys: number;
  readonly output: string;
}

const names = PARTS.map(({ name }) => name);
const program = new Command('bench')
  .description('Measures Keyfold. Parts: ' + PARTS.map(({ name, about }) => `${name} (${about})`).join('; ') + '.')
  .option('--only <part...>', `run only these: ${names.join(', ')}`)
  .option('--rounds <n>', 'alternating rounds per figure, after one that warms up', positive, 5)
  .option('--seconds <n>', 'length of a round', positive, 3)
  .option('--events <n>', 'events for the projection', positive, 200_000)
  .option('--keys <n>', 'keys that one command switches off or revokes', positive, 1_000_000)
  .option('--output <file>', 'where the results go', join(checkoutRoot(), 'bench', 'results.json'));

const options = program.parse().opts<Options>();
const unknown = options.only?.filter((name) => !names.includes(name)) ?? [];
if (unknown.length > 0) program.error(`error: no such part: ${unknown.join(', ')}`, { exitCode: 2 });

const progress = (line: string): void => {
  process.stderr.write(`${line}\n`);
};
// With the listeners of `exit`, which end what was started.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const)
  process.once(signal, () => process.exit(128 + number));
const { rounds, seconds, events, keys } = options;
const figures: Figure[] = [];
for (const part of PARTS) {
  if (options.only && !options.only.includes(part.name)) continue;
  figures.push(...(await runPart(part, { rounds, seconds, events, keys, progress })));
}
process.stdout.write(`${tableOf(figures)}\n`);
await writeResults(options.output, figures);

/** A part that fails has a row that says so, and the others still run. */
async function runPart(part: Part, given: BenchOptions): Promise<Figure[]> {
  try {
    return await part.run(given);
  } catch (error) {
    process.exitCode = 1;
    progress(`${part.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return [{ kind: 'not-run', name: part.name, reason: error instanceof Error ? error.message : String(error) }];
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a positive number');
  return value;
}
