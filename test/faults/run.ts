import { eventually } from '@keyfold/testing/eventually';
import { type Share, shareOf } from './checks/share.js';
import { Client, type Stage } from './clients.js';
import { settlePending } from './confirmations.js';
import type { Figures } from './figures.js';
import { History } from './history.js';
import { judge, type Judgement } from './judge.js';
import { LogCopy } from './log-copy.js';
import { type Fault, type FaultKind, planOf, type PlanOptions, quietRound, type Round } from './plan.js';
import { Prober, reportOf } from './prober.js';
import { Random } from './random.js';
import { plainStep, restore, setTheStage, signInFirst } from './stage.js';
import { strike } from './strikes.js';
import { gatewayHitBy } from './strikes/on-services.js';
import type { Heal, Struck } from './strikes/struck.js';
import { SurfaceClients } from './surfaces.js';
import { startWorld, type World, type WorldOptions } from './world.js';

const MOST_SHOWN = 12;
/** How long a fault is given to meet something, in milliseconds: while others hold, and once it is alone. */
const EFFECT_WITHIN_MS = { beside: 5_000, alone: 30_000 };
const MOST_QUIET_ROUNDS = 200;

export interface RunOptions extends PlanOptions, WorldOptions {
  /** Rounds without faults are added until gateways have answered that many requests. */
  readonly leastRequests?: number;
}

/** What a test says of what went wrong; its text tells everything that a repetition needs. */
export class FaultsFound extends Error {
  constructor(
    text: string,
    readonly figures: Figures,
  ) {
    super(text);
  }
}

/** What a run came to; whether it can have shown anything. */
export interface RunReport {
  readonly counts: Readonly<Record<'done' | 'refused' | 'unknown' | 'allowed' | 'denied' | 'stale', number>>;
  /** The faults that struck. */
  readonly kinds: readonly FaultKind[];
  readonly share: Share;
  readonly figures: Figures;
  readonly afterConfirmation: Judgement['afterConfirmation'];
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
  /** What the run itself has found to be wrong. */
  private readonly problems: string[] = [];

  constructor(
    private readonly world: World,
    private readonly stage: Stage & { readonly turns: () => number },
    private readonly options: RunOptions,
  ) {
    this.log = new LogCopy(world.database.serviceUrl);
  }

  async carryOut(): Promise<RunReport> {
    const { commands, observations } = this.stage.history;
    const surfaces = await SurfaceClients.connect(this.world);
    try {
      const { afterConfirmation, figures, problems } = await this.judged(surfaces);
      const all = [...this.problems, ...problems];
      if (all.length > 0) throw new FaultsFound(this.story(all), figures);
      const share = shareOf(commands, observations);
      return { counts: countsOf(this.stage.history), kinds: this.struck, share, figures, afterConfirmation };
    } finally {
      await surfaces.close();
      await this.log.close();
    }
  }

  private async judged(surfaces: SurfaceClients): Promise<Judgement> {
    const { log, options, rebuilt, stage, world } = this;
    await setTheStage(world, stage);
    const prober = new Prober({ ...world, surfaces }, stage.history, stage.cast, new Random(options.seed + 1));
    try {
      const rounds = planOf(options);
      for (const [at, round] of rounds.entries()) await this.round(at + 1, round);
      await this.quietRounds(rounds.length);
    } finally {
      await prober.stop();
    }
    return judge(prober, { world, stage, log, rebuilt });
  }

  private async quietRounds(before: number): Promise<void> {
    const { leastRequests = 0, seed } = this.options;
    const answered = (): number => this.stage.history.observations.filter(({ status }) => status > 0).length;
    for (let nth = 1; nth <= MOST_QUIET_ROUNDS && answered() < leastRequests; nth += 1)
      await this.round(before + nth, quietRound({ ...this.options, seed: seed + 1_000 * nth }));
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
    const nudge = async (): Promise<void> => {
      if (areDone) await new Client(this.stage, nth).issue(this.stage.cast.owner(0), plainStep({ do: 'issue' }));
    };
    await this.faults(round.faults, { turn, nudge });
    await clients;
    await this.world.ready();
    history.note('  all are ready');
    await restore(this.stage, nth);
    this.problems.push(...(await settlePending(this.stage)));
    await this.converged();
  }

  private async faults(faults: readonly Fault[], { nudge, turn }: Pace): Promise<void> {
    const begun: { readonly fault: Fault; readonly struck: Struck }[] = [];
    for (const fault of faults) {
      await turn(fault.strikeAfter);
      const struck = await this.strikeOne(fault);
      if (struck !== null) begun.push({ fault, struck });
    }
    const late: typeof begun = [];
    const unhealed: Heal[] = [];
    const heal = (struck: Struck): Promise<unknown> => struck.heal().catch(() => unhealed.push(struck.heal));
    for (const each of begun.toSorted((one, other) => one.fault.healAfter - other.fault.healAfter)) {
      await turn(each.fault.healAfter);
      // What another fault keeps from meeting anything gets its turn once that one is healed.
      if (await hasEffect(each.struck, nudge, EFFECT_WITHIN_MS.beside)) await heal(each.struck);
      else late.push(each);
    }
    for (const { fault, struck } of late) {
      if (!(await hasEffect(struck, nudge, EFFECT_WITHIN_MS.alone)))
        this.problems.push(`${describeFault(fault)}: had no effect`);
      await heal(struck);
    }
    for (const again of unhealed) await again();
    if (faults.length > 0) this.stage.history.note('  healed');
  }

  private async strikeOne(fault: Fault): Promise<Struck | null> {
    const { history } = this.stage;
    try {
      if (fault.kind === 'gateway wiped') this.rebuilt.add(gatewayHitBy(fault, this.world).id);
      const struck = await strike(this.world, fault);
      this.struck.push(fault.kind);
      history.note(`  struck: ${fault.kind}`);
      await struck.shows?.().catch((error: unknown) => {
        this.problems.push(`${fault.kind}: the product does not show it: ${String(error)}`);
      });
      return struck;
    } catch (error) {
      // What another fault has broken already.
      history.note(`  could not strike: ${fault.kind}: ${String(error)}`);
      return null;
    }
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

/** Waits for moments of a round. */
interface Pace {
  /** Resolves once so many commands of the round were given. */
  readonly turn: (number: number) => Promise<void>;
  /** Gives a command where the clients give none any more, so that there is something that a fault can meet. */
  readonly nudge: () => Promise<void>;
}

async function hasEffect({ hadEffect }: Struck, nudge: Pace['nudge'], withinMs: number): Promise<boolean> {
  const met = async (): Promise<boolean> => {
    if (await hadEffect()) return true;
    await nudge();
    return false;
  };
  return eventually(met, withinMs).then(
    () => true,
    () => false,
  );
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
