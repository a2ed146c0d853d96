import { eventually } from '@keyfold/testing/eventually';
import { Client, type Stage } from './clients.js';
import { History } from './history.js';
import { judge } from './judge.js';
import { LogCopy } from './log-copy.js';
import { type Fault, type FaultKind, planOf, type PlanOptions, type Round } from './plan.js';
import { Prober, reportOf } from './prober.js';
import { Random } from './random.js';
import { restore, setTheStage, signInFirst } from './stage.js';
import { gatewayHitBy, type Heal, strike, type Struck } from './strikes.js';
import { startWorld, type World, type WorldOptions } from './world.js';

const MOST_SHOWN = 12;

export interface RunOptions extends PlanOptions, WorldOptions {}

/** What a test says of what went wrong; its text tells everything that a repetition needs. */
class FaultsFound extends Error {}

/** What a run came to; whether it can have shown anything. */
export interface RunReport {
  readonly counts: Readonly<Record<'done' | 'refused' | 'unknown' | 'allowed' | 'denied' | 'stale', number>>;
  /** The faults that struck. */
  readonly kinds: readonly FaultKind[];
}

/**
 * Starts a world, carries a plan out in it, and holds what was seen against the rules.
 *
 * @throws FaultsFound
 */
export async function runFaults(options: RunOptions): Promise<RunReport> {
  const history = new History();
  const world = await startWorld(options);
  try {
    let turns = 0;
    const urls = world.admins.map(({ url }) => url);
    const cast = await signInFirst(world, history);
    const stage = { history, cast, urls, turn: () => void (turns += 1), turns: () => turns };
    return await new Run(world, stage, options).carryOut();
  } catch (error) {
    if (error instanceof FaultsFound) throw error;
    throw new Error(`plan ${options.seed}: ${String(error)}\n${history.trace.join('\n')}`, { cause: error });
  } finally {
    await world.stop();
  }
}

class Run {
  private readonly log: LogCopy;
  private readonly rebuilt = new Set<string>();
  private readonly struck: FaultKind[] = [];
  private readonly notShown: string[] = [];

  constructor(
    private readonly world: World,
    private readonly stage: Stage & { readonly turns: () => number },
    private readonly options: RunOptions,
  ) {
    this.log = new LogCopy(world.database.serviceUrl);
  }

  async carryOut(): Promise<RunReport> {
    const { history } = this.stage;
    try {
      const problems = await this.problemsFound();
      if (problems.length > 0) throw new FaultsFound(this.story(problems));
      return { counts: countsOf(history), kinds: this.struck };
    } finally {
      await this.log.close();
    }
  }

  private async problemsFound(): Promise<string[]> {
    const { log, options, rebuilt, stage, world } = this;
    await setTheStage(world, stage);
    const prober = new Prober(world, stage.history, stage.cast, new Random(options.seed + 1));
    try {
      for (const [at, round] of planOf(options).entries()) await this.round(at + 1, round);
    } finally {
      await prober.stop();
    }
    return [...this.notShown, ...(await judge(prober, { world, stage, log, rebuilt }))];
  }

  private async round(nth: number, round: Round): Promise<void> {
    const { history, turns } = this.stage;
    history.note(`round ${nth}: ${round.faults.map(describeFault).join(' and ') || 'no fault'}`);
    const from = turns();
    let areDone = false;
    const clients = Promise.all(round.clients.map((steps) => new Client(this.stage, nth).run(steps))).finally(
      () => (areDone = true),
    );
    const turn = (number: number): Promise<void> => eventually(() => areDone || turns() - from >= number, 600_000);
    await turn(round.strikeAfter);
    const heals = await this.strikeAll(round.faults);
    await turn(round.healAfter);
    await this.healAll(heals);
    await clients;
    await this.world.ready();
    history.note('  all are ready');
    await restore(this.stage, nth);
    await this.converged();
  }

  private async strikeAll(faults: readonly Fault[]): Promise<Heal[]> {
    const heals: Heal[] = [];
    for (const fault of faults) {
      const struck = await this.strikeOne(fault);
      if (struck === null) continue;
      heals.unshift(struck.heal);
      const { shows = (): Promise<void> => Promise.resolve() } = struck;
      await shows().catch((error: unknown) => {
        this.notShown.push(`${fault.kind}: the product does not show it: ${String(error)}`);
      });
    }
    return heals;
  }

  private async strikeOne(fault: Fault): Promise<Struck | null> {
    const { history } = this.stage;
    try {
      if (fault.kind === 'gateway wiped') this.rebuilt.add(gatewayHitBy(fault, this.world).id);
      const struck = await strike(this.world, fault);
      this.struck.push(fault.kind);
      history.note(`  struck: ${fault.kind}`);
      return struck;
    } catch (error) {
      // What another fault has broken already.
      history.note(`  could not strike: ${fault.kind}: ${String(error)}`);
      return null;
    }
  }

  private async healAll(heals: readonly Heal[]): Promise<void> {
    const late: Heal[] = [];
    for (const heal of heals) await heal().catch(() => void late.push(heal));
    for (const heal of late) await heal();
    this.stage.history.note('  healed');
  }

  /** Resolves once every gateway has applied all of the log. */
  private async converged(): Promise<void> {
    await this.log.readOn();
    this.stage.cast.endOfRound();
    for (const gateway of this.world.gateways)
      await eventually(async () => {
        const { metrics } = await reportOf(gateway);
        if ((metrics?.applied ?? 0) < this.log.size)
          throw new Error(`${gateway.id} is at ${String(metrics?.applied)} of ${this.log.size}`);
      });
    this.stage.history.note(`  all have applied ${this.log.size}`);
  }

  private story(problems: readonly string[]): string {
    const shown = problems.slice(0, MOST_SHOWN);
    const { seed } = this.options;
    const errors = this.world.lines().filter((line) => /"level":"?(?:50|60|error|fatal)/.test(line));
    return [
      `${problems.length} problems with plan ${seed}:`,
      ...shown,
      '',
      ...this.stage.history.trace,
      '',
      'errors in the logs:',
      ...errors.slice(-MOST_SHOWN),
    ].join('\n');
  }
}

function describeFault({ delayMs, kind, link, target }: Fault): string {
  return `${kind} (${target}${kind.startsWith('link') ? `, ${link}, ${delayMs} ms` : ''})`;
}

function countsOf({ commands, observations }: History): RunReport['counts'] {
  const outcomes = (outcome: string): number => commands.filter((command) => command.outcome === outcome).length;
  return {
    done: outcomes('done'),
    refused: outcomes('refused'),
    unknown: outcomes('unknown'),
    allowed: observations.filter(({ allowed }) => allowed).length,
    denied: observations.filter(({ allowed, status }) => !allowed && status > 0 && status < 503).length,
    stale: observations.filter(({ status }) => status === 503).length,
  };
}
