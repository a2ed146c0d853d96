import { Random } from './random.js';

/** A command of a client. People and keys are numbers, taken modulo what there is when its turn comes. */
export type Step =
  | { readonly do: 'issue'; readonly owner: number; readonly seconds: number | null; readonly readOnly: boolean }
  | { readonly do: 'rotate'; readonly key: number; readonly graceSeconds: number }
  | { readonly do: 'revoke'; readonly key: number; readonly asOwner: boolean }
  | { readonly do: 'revoke all'; readonly owner: number }
  | { readonly do: 'revoke older' }
  | { readonly do: 'grant' | 'withdraw' | 'deactivate' | 'reactivate'; readonly owner: number }
  | { readonly do: 'hire' | 'erase' }
  | { readonly do: 'switch'; readonly on: boolean }
  | { readonly do: 'lifetime'; readonly days: number };

export type PlannedStep = Step & {
  /** Sent with an Idempotency-Key and again until there is an answer. */
  readonly insistent: boolean;
  /** To which of the admin-services. */
  readonly replica: number;
  /** How long the answer is held back until no gateway can miss the write (`Prefer: wait=N`); null: not at all. */
  readonly waitSeconds: number | null;
};

export const FAULTS = [
  'admin killed',
  'admin ended in order',
  'admin frozen',
  'admin frozen until leases end',
  'admin frozen and its sessions ended',
  'gateway killed',
  'gateway ended in order',
  'gateway frozen beyond its lease',
  'gateway wiped',
  'gateway partitioned beyond its lease',
  'gateway started cut off',
  'broker killed',
  'broker frozen',
  'broker loses its tail',
  'broker file cut short',
  'broker file damaged',
  'stream deleted',
  'stream poisoned',
  'consumers deleted',
  'postgres killed',
  'postgres frozen',
  'postgres backend killed',
  'postgres sessions ended',
  'postgres full of sessions',
  'log head locked',
  'answers to commits lost',
  'answers to publishing lost',
  'link cut',
  'link half-open',
  'link mute',
  'link slow',
] as const;
export type FaultKind = (typeof FAULTS)[number];

export const LINKS = ['admin-postgres', 'admin-nats', 'gateway-postgres', 'gateway-nats', 'gateway-admin'] as const;
export type LinkName = (typeof LINKS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Which of several processes; modulo their number. */
  readonly target: number;
  readonly link: LinkName;
  readonly delayMs: number;
  /** When it strikes and when it is healed, counted in the commands of its round. */
  readonly strikeAfter: number;
  readonly healAfter: number;
}

/** Clients give their commands at once; each fault strikes and is healed at moments of its own, so several overlap. */
export interface Round {
  /** In the order in which they strike. */
  readonly faults: readonly Fault[];
  readonly clients: readonly (readonly PlannedStep[])[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly clients: number;
  readonly stepsPerClient: number;
  /** Each strikes once, in an order of the seed's; some two at a time, and some rounds go without any. */
  readonly faults: readonly FaultKind[];
}

/** What a run does; decided by its options alone. */
export function planOf({ clients, faults, seed, stepsPerClient }: PlanOptions): Round[] {
  const random = new Random(seed);
  const steps = new Steps(random);
  const deck = random.shuffled(faults);
  const rounds: Round[] = [];
  while (deck.length > 0) {
    const drawn = drawFrom(deck, { random, commands: clients * stepsPerClient });
    rounds.push({ faults: drawn, clients: steps.forClients(clients, stepsPerClient) });
  }
  return rounds;
}

/** A round in which nothing strikes. */
export function quietRound({ clients, seed, stepsPerClient }: Omit<PlanOptions, 'faults'>): Round {
  return { faults: [], clients: new Steps(new Random(seed)).forClients(clients, stepsPerClient) };
}

/** @param given.commands how many the round has: the moments are counted in these */
function drawFrom(deck: FaultKind[], { commands, random }: { random: Random; commands: number }): Fault[] {
  const drawn: Pick<Fault, 'kind' | 'target' | 'link' | 'delayMs'>[] = [];
  for (let left = Number(random.weighted({ 0: 1, 1: 5, 2: 4, 3: 1 })); left > 0; left--) {
    const at = deck.findIndex((kind) => drawn.every((other) => canStrikeBeside(kind, other.kind)));
    const [kind] = at < 0 ? [] : deck.splice(at, 1);
    if (kind === undefined) break;
    drawn.push({ kind, target: random.between(0, 5), link: random.pick(LINKS), delayMs: random.between(20, 400) });
  }
  const moments = drawn.map(() => random.between(0, Math.floor(commands / 3))).sort((one, other) => one - other);
  return (
    drawn
      // Whoever is asked must not have been struck before.
      .sort((one, other) => Number(asksServer(other.kind)) - Number(asksServer(one.kind)))
      .map((fault, nth) => ({
        ...fault,
        strikeAfter: moments[nth] ?? 0,
        healAfter: random.between(Math.floor((commands * 2) / 3), commands),
      }))
  );
}

/** Whether a fault is brought about by asking Postgres or the broker for it. */
export function asksServer(kind: FaultKind): boolean {
  return ASKING_SERVER.has(kind);
}

const ASKING_SERVER: ReadonlySet<FaultKind> = new Set([
  'admin frozen and its sessions ended',
  'gateway wiped',
  'log head locked',
  'stream deleted',
  'stream poisoned',
  'consumers deleted',
]);

/** A gateway that does not run, or is frozen, cannot show that its lease has ended. */
export const SILENCES_GATEWAY: readonly FaultKind[] = [
  'gateway killed',
  'gateway ended in order',
  'gateway frozen beyond its lease',
  'gateway wiped',
];

/** Two at once hit different things, and nothing is asked to end in order while something else is broken. */
function canStrikeBeside(one: FaultKind, other: FaultKind): boolean {
  // A stream that was deleted has no consumers left to delete.
  const subject = (kind: FaultKind): string | undefined =>
    kind === 'consumers deleted' ? 'stream' : kind.split(' ')[0];
  const areBoth = (first: FaultKind, second: FaultKind): boolean =>
    [one, other].sort().join() === [first, second].sort().join();
  if (SILENCES_GATEWAY.some((kind) => areBoth('admin frozen until leases end', kind))) return false;
  return subject(one) !== subject(other) && ![one, other].some((kind) => kind.endsWith('in order'));
}

const WEIGHTS = {
  issue: 8,
  rotate: 4,
  revoke: 7,
  'revoke all': 0.7,
  'revoke older': 0.4,
  grant: 2,
  withdraw: 1,
  deactivate: 1,
  reactivate: 2,
  hire: 1.5,
  erase: 1,
  switch: 2,
  lifetime: 1,
} as const satisfies Record<Step['do'], number>;

export const COMMANDS = Object.keys(WEIGHTS) as readonly Step['do'][];

/** What takes something away, so that a confirmation of it says something. */
const RESTRICTS: ReadonlySet<Step['do']> = new Set<Step['do']>([
  'rotate',
  'revoke',
  'revoke all',
  'revoke older',
  'withdraw',
  'deactivate',
  'switch',
  'lifetime',
]);

/**
 * Deals commands: the first of each client from a deck that has each kind once, so that none is rare, and the others by
 * weight.
 */
class Steps {
  private deck: Step['do'][] = [];

  constructor(private readonly random: Random) {}

  forClients(clients: number, stepsPerClient: number): PlannedStep[][] {
    return Array.from({ length: clients }, () =>
      Array.from({ length: stepsPerClient }, (_, nth) => this.step(nth === 0 ? this.dealt() : this.weighted())),
    );
  }

  private dealt(): Step['do'] {
    if (this.deck.length === 0) this.deck = this.random.shuffled(COMMANDS);
    return this.deck.pop() ?? this.weighted();
  }

  private weighted(): Step['do'] {
    return this.random.weighted(WEIGHTS);
  }

  private step(kind: Step['do']): PlannedStep {
    const { random } = this;
    return {
      ...ACTIONS[kind](random),
      insistent: random.chance(0.3),
      replica: random.between(0, 5),
      waitSeconds: random.chance(RESTRICTS.has(kind) ? 0.5 : 0.15) ? random.between(1, 8) : null,
    };
  }
}

const owner = (random: Random): number => random.between(0, 59);

const ACTIONS: Readonly<Record<Step['do'], (random: Random) => Step>> = {
  issue: (random) => ({
    do: 'issue',
    owner: owner(random),
    seconds: random.chance(0.25) ? random.between(2, 8) : null,
    readOnly: random.chance(0.2),
  }),
  rotate: (random) => ({ do: 'rotate', key: random.between(0, 59), graceSeconds: random.pick([0, 0, 1, 3]) }),
  revoke: (random) => ({ do: 'revoke', key: random.between(0, 59), asOwner: random.chance(0.5) }),
  'revoke all': (random) => ({ do: 'revoke all', owner: owner(random) }),
  'revoke older': () => ({ do: 'revoke older' }),
  grant: (random) => ({ do: 'grant', owner: owner(random) }),
  withdraw: (random) => ({ do: 'withdraw', owner: owner(random) }),
  deactivate: (random) => ({ do: 'deactivate', owner: owner(random) }),
  reactivate: (random) => ({ do: 'reactivate', owner: owner(random) }),
  hire: () => ({ do: 'hire' }),
  erase: () => ({ do: 'erase' }),
  switch: (random) => ({ do: 'switch', on: random.chance(0.7) }),
  lifetime: (random) => ({ do: 'lifetime', days: random.between(1, 180) }),
};

/** One line of a plan, for the trace. */
export function describeStep(step: Step): string {
  return Object.values(step)
    .filter((value) => value !== null)
    .join(' ');
}
