import { compare } from '../harness/compare.js';
import type { BenchOptions, RatioFigure } from '../harness/figure.js';
import { spreadOf } from '../harness/spread.js';
import type { Asked, AskedServer } from './asked-server.js';
import { ask, pinServers } from './asked-server.js';
import type { HttpLoad } from './http-load.js';

/** One side of a comparison: a server, and what it is asked. */
export interface Side {
  readonly server: AskedServer;
  readonly load: HttpLoad;
  /** Runs beside each round, on another pair of connections; resolves when it is over. */
  readonly beside?: () => Promise<unknown>;
}

export interface ServerComparison {
  readonly name: string;
  readonly aim: number;
  readonly ours: Side;
  readonly theirs: Side;
}

/**
 * Answers a second that two servers give on one core, and for each second of processor time, which does not move with
 * what else the machine is doing.
 */
export async function compareServers(
  { aim, name, ours, theirs }: ServerComparison,
  { progress, rounds }: BenchOptions,
): Promise<RatioFigure[]> {
  const isPinned = pinServers(ours.server, theirs.server);
  const asked = { ours: [] as Asked[], theirs: [] as Asked[] };
  const round =
    (side: 'ours' | 'theirs', { beside, load, server }: Side) =>
    async () => {
      const [answers] = await Promise.all([ask(server, load), beside?.()]);
      asked[side].push(answers);
      return answers.perSecond;
    };
  const figure = await compare({
    name,
    aim,
    unit: 'answers/s',
    rounds,
    progress,
    ours: round('ours', ours),
    theirs: round('theirs', theirs),
  });
  const note = `${isPinned ? 'one core each' : 'not pinned'}, server busy ${leastShare([...asked.ours, ...asked.theirs])}`;
  return [{ ...figure, note }, ...perProcessorSecond(name, asked)];
}

/** A server with processor time to spare did not limit the load, so its ratio would look too good. */
function leastShare(asked: readonly Asked[]): string {
  const shares = asked.flatMap(({ cpuShare }) => (cpuShare === null ? [] : [cpuShare]));
  return shares.length === 0 ? 'unknown' : `at least ${Math.round(Math.min(...shares) * 100)} %`;
}

function perProcessorSecond(name: string, asked: { ours: readonly Asked[]; theirs: readonly Asked[] }): RatioFigure[] {
  // The first of each has warmed up.
  const [ours, theirs] = [asked.ours, asked.theirs].map((all) => all.slice(1).map((one) => one.perCpuSecond ?? NaN));
  if (ours === undefined || theirs === undefined || ![...ours, ...theirs].every(Number.isFinite)) return [];
  const ratio = spreadOf(ours.map((value, nth) => value / (theirs[nth] ?? NaN)));
  const spreads = { ours: spreadOf(ours), theirs: spreadOf(theirs), ratio };
  return [{ kind: 'ratio', name: `${name}, per processor second`, unit: 'answers', aim: null, ...spreads }];
}
