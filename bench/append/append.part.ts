import type { LocalPostgres } from '@keyfold/local-servers';
import { compare } from '../harness/compare.js';
import type { BenchOptions, Figure, Part } from '../harness/figure.js';
import { createDatabase } from '../stack/services.js';
import { withPostgres, withScratch } from '../support/scratch.js';
import type { Emmett } from './emmett-writer.js';
import { fetchEmmett, openEmmett } from './emmett-writer.js';
import { openKeyfold } from './keyfold-writer.js';
import type { Writer } from './payload.js';

interface Load {
  readonly name: string;
  readonly aim: number;
  readonly writers: number;
  readonly eventsPerCall: number;
}

const LOADS: readonly Load[] = [
  { name: 'append, one writer', aim: 1, writers: 1, eventsPerCall: 1 },
  { name: 'append, 32 writers', aim: 2, writers: 32, eventsPerCall: 1 },
  { name: 'append, 1,000 events in a call', aim: 1, writers: 1, eventsPerCall: 1000 },
];
const CALLS_PER_STREAM = 5;

export const appendPart: Part = {
  name: 'append',
  about: 'appends against emmett-postgresql on the same server',
  run: (options) =>
    withScratch(async (folder) => {
      options.progress('append: fetching emmett-postgresql');
      const emmett = await fetchEmmett(folder).catch((error: unknown) => String(error));
      if (typeof emmett === 'string') return LOADS.map(({ name }) => ({ kind: 'not-run', name, reason: emmett }));
      return withPostgres((postgres) => compareStores(postgres, emmett, options));
    }),
};

async function compareStores(postgres: LocalPostgres, emmett: Emmett, options: BenchOptions): Promise<Figure[]> {
  for (const name of ['keyfold', 'emmett']) await createDatabase(postgres, name);
  const ours = await openKeyfold(postgres.superuserUrl('keyfold'));
  const theirs = await openEmmett(emmett, postgres.superuserUrl('emmett'), 32);
  try {
    const figures: Figure[] = [];
    for (const load of LOADS) {
      const round = (writer: Writer) => () => eventsPerSecond(writer, load, options.seconds);
      const { name, aim } = load;
      const sides = { ours: round(ours), theirs: round(theirs) };
      figures.push(
        await compare({ name, aim, unit: 'events/s', ...sides, rounds: options.rounds, progress: options.progress }),
      );
    }
    return figures;
  } finally {
    await ours.close();
    await theirs.close();
  }
}

let streams = 0;

async function eventsPerSecond(writer: Writer, load: Load, seconds: number): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let events = 0;
  const write = async (): Promise<void> => {
    while (performance.now() < end) {
      const streamId = `s${(streams += 1)}`;
      for (let call = 0; call < CALLS_PER_STREAM && performance.now() < end; call += 1) {
        await writer.append(streamId, call * load.eventsPerCall, load.eventsPerCall);
        events += load.eventsPerCall;
      }
    }
  };
  await Promise.all(Array.from({ length: load.writers }, write));
  return (events * 1000) / (performance.now() - start);
}
