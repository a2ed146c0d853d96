import { type Surface, SURFACES } from '../../../apps/auth-gateway/src/authentication/verdict.js';
import type { CommandRecord, Observation } from '../history.js';
import { COMMANDS, type Step } from '../plan.js';

/** How often each kind of operation happened. */
export interface Share {
  /** Commands that succeeded, those that set the stage left out. */
  readonly commands: ReadonlyMap<Step['do'], number>;
  /** Writes that were confirmed. */
  readonly confirmed: number;
  readonly surfaces: ReadonlyMap<Surface, { readonly allowed: number; readonly refused: number }>;
}

/** What each kind must have happened; below it, a run says nothing of that kind. */
interface LeastShare {
  readonly command: number;
  readonly confirmed: number;
  readonly allowed: number;
  readonly refused: number;
}

export function shareOf(commands: readonly CommandRecord[], observations: readonly Observation[]): Share {
  const done = commands.filter(({ outcome, round }) => outcome === 'done' && round > 0);
  const of = (surface: Surface): readonly Observation[] => observations.filter((each) => each.surface === surface);
  return {
    commands: new Map(COMMANDS.map((kind) => [kind, done.filter((command) => command.kind === kind).length])),
    confirmed: done.filter(({ waitedFor }) => waitedFor?.confirmedAt != null).length,
    surfaces: new Map(
      SURFACES.map((surface) => [
        surface,
        {
          allowed: of(surface).filter(({ allowed }) => allowed).length,
          refused: of(surface).filter(({ allowed, status }) => !allowed && status > 0 && status < 500).length,
        },
      ]),
    ),
  };
}

export function sumOfShares(shares: readonly Share[]): Share {
  const sum = <T>(of: (share: Share) => T, number: (value: T) => number): number =>
    shares.reduce((total, share) => total + number(of(share)), 0);
  return {
    commands: new Map(
      COMMANDS.map((kind) => [
        kind,
        sum(
          ({ commands }) => commands.get(kind),
          (n) => n ?? 0,
        ),
      ]),
    ),
    confirmed: sum(
      ({ confirmed }) => confirmed,
      (n) => n,
    ),
    surfaces: new Map(
      SURFACES.map((surface) => [
        surface,
        {
          allowed: sum(
            ({ surfaces }) => surfaces.get(surface),
            (counts) => counts?.allowed ?? 0,
          ),
          refused: sum(
            ({ surfaces }) => surfaces.get(surface),
            (counts) => counts?.refused ?? 0,
          ),
        },
      ]),
    ),
  };
}

/** Kinds of operations that a run has hardly had. */
export function problemsOfShare({ commands, confirmed, surfaces }: Share, least: LeastShare): string[] {
  return [
    ...[...commands]
      .filter(([, times]) => times < least.command)
      .map(([kind, times]) => `"${kind}" succeeded ${times} times, and must at least ${least.command}`),
    ...(confirmed < least.confirmed
      ? [`${confirmed} writes were confirmed, and at least ${least.confirmed} must be`]
      : []),
    ...[...surfaces].flatMap(([surface, counts]) =>
      (['allowed', 'refused'] as const)
        .filter((answer) => counts[answer] < least[answer])
        .map((answer) => `${surface} ${answer} ${counts[answer]} requests, and must at least ${least[answer]}`),
    ),
  ];
}
