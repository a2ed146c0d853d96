import { join } from 'node:path';
import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure } from '../harness/figure.js';
import { messageOf } from './child-message.js';
import type { CommandCost } from './command-process.js';
import { FEW_EVENTS, MANY_EVENTS, PEOPLE } from './sample-events.js';
import { type SampleExport, writeSampleExport } from './sample-export.js';

const LEAST_RECORDS_A_SECOND = 100_000;
const MOST_REPLAY_MS = 60_000;
/** The longer log may take so much more memory at its peak: the collector's slack, nothing that grows with events. */
const MOST_GROWTH = 1.5;

type Command = 'verify' | 'replay';

/** The command line on exports of two lengths with the same people, in processes of their own. */
export async function commandFigures(folder: string, options: BenchOptions): Promise<Figure[]> {
  options.progress(`audit: writing exports of ${FEW_EVENTS} and ${MANY_EVENTS} events`);
  const few = await sample(folder, FEW_EVENTS);
  const many = await sample(folder, MANY_EVENTS);
  const costs = { verify: new Costs('verify', few, many), replay: new Costs('replay', few, many) };
  const figures: Figure[] = [];
  for (const command of ['verify', 'replay'] as const) {
    figures.push(
      await compare({
        name: `${command} of ${MANY_EVENTS} records against reading, parsing and hashing its lines`,
        unit: 'records/s',
        aim: null,
        rounds: options.rounds,
        progress: options.progress,
        ours: async () => perSecond(MANY_EVENTS, (await costs[command].ofMany()).milliseconds),
        theirs: async () => perSecond(MANY_EVENTS, await messageOf<number>('bench/audit/bare-reader.js', many.file)),
      }),
    );
    await costs[command].ofFew();
  }
  return [...figures, rateOf(costs.verify), timeOf(costs.replay), growthOf(costs)];
}

function sample(folder: string, events: number): Promise<SampleExport> {
  return writeSampleExport(join(folder, `${events}.ndjson`), { events, isOpened: false, people: PEOPLE });
}

/** The fastest run of each length, since whatever else the machine does makes one slower and none faster. */
class Costs {
  few: CommandCost | undefined;
  many: CommandCost | undefined;

  constructor(
    private readonly command: Command,
    private readonly fewFile: SampleExport,
    private readonly manyFile: SampleExport,
  ) {}

  async ofFew(): Promise<CommandCost> {
    const cost = await this.run(this.fewFile);
    this.few = faster(this.few, cost);
    return cost;
  }

  async ofMany(): Promise<CommandCost> {
    const cost = await this.run(this.manyFile);
    this.many = faster(this.many, cost);
    return cost;
  }

  private async run({ file, verifierKey }: SampleExport): Promise<CommandCost> {
    const args = [this.command, file, '--key', verifierKey, '--json'];
    const cost = await messageOf<CommandCost>('bench/audit/command-process.js', ...args);
    if (cost.exitCode !== 0) throw new Error(`keyfold ${this.command} ended with ${cost.exitCode}`);
    return cost;
  }
}

function faster(before: CommandCost | undefined, cost: CommandCost): CommandCost {
  return before === undefined || cost.milliseconds < before.milliseconds ? cost : before;
}

function rateOf({ few, many }: Costs): Figure {
  return {
    kind: 'bounded',
    name: 'verify (records/s, the fastest run)',
    within: { least: LEAST_RECORDS_A_SECOND, most: Number.POSITIVE_INFINITY },
    values: {
      [`${FEW_EVENTS} records`]: perSecond(FEW_EVENTS, few?.milliseconds ?? Number.NaN),
      [`${MANY_EVENTS} records`]: perSecond(MANY_EVENTS, many?.milliseconds ?? Number.NaN),
    },
  };
}

function timeOf({ few, many }: Costs): Figure {
  return {
    kind: 'duration',
    name: 'replay, the fastest run',
    aim: { [`${MANY_EVENTS} events`]: MOST_REPLAY_MS },
    milliseconds: {
      [`${FEW_EVENTS} events`]: few?.milliseconds ?? Number.NaN,
      [`${MANY_EVENTS} events`]: many?.milliseconds ?? Number.NaN,
    },
  };
}

function growthOf({ replay, verify }: Readonly<Record<Command, Costs>>): Figure {
  const peak = (cost: CommandCost | undefined): number => cost?.peakMegabytes ?? Number.NaN;
  const text = ({ few, many }: Costs): string => `${peak(few).toFixed(0)} and ${peak(many).toFixed(0)} MB`;
  return {
    kind: 'bounded',
    name: `peak memory, ${MANY_EVENTS} events against ${FEW_EVENTS} of the same ${PEOPLE} people and keys`,
    within: { least: 0, most: MOST_GROWTH },
    values: { verify: peak(verify.many) / peak(verify.few), replay: peak(replay.many) / peak(replay.few) },
    note: `verify ${text(verify)}, replay ${text(replay)}`,
  };
}

function perSecond(count: number, milliseconds: number): number {
  return count / (milliseconds / 1_000);
}
