import type { RatioFigure } from './figure.js';
import { type Range, spreadOf } from './spread.js';

/** Measures once, in the unit of the figure. */
export type Round = () => Promise<number>;

export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly aim: number | null;
  readonly aimIs?: 'least' | 'most';
  readonly rounds: number;
  /** What of the rounds the bounds of a spread are. Default: all of them. */
  readonly range?: Range;
  readonly ours: Round;
  readonly theirs: Round;
  readonly progress: (line: string) => void;
  readonly note?: string;
}

/**
 * Measures both sides in alternation, so that whatever else the machine does meets both, and forms the ratio per round.
 * The first round warms both up and does not count; who comes first changes from round to round.
 */
export async function compare(comparison: Comparison): Promise<RatioFigure> {
  const { aim, aimIs = 'least', name, note, range, rounds, unit } = comparison;
  const ours: number[] = [];
  const theirs: number[] = [];
  await comparison.ours();
  await comparison.theirs();
  for (let round = 0; round < rounds; round += 1) {
    const sides = [async () => ours.push(await comparison.ours()), async () => theirs.push(await comparison.theirs())];
    for (const side of round % 2 === 0 ? sides : sides.reverse()) await side();
    const [our, their] = [ours.at(-1) ?? 0, theirs.at(-1) ?? 0];
    comparison.progress(`${name}: round ${round + 1} of ${rounds}: ${short(our)} / ${short(their)} ${unit}`);
  }
  const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
  const spreads = { ours: spreadOf(ours, range), theirs: spreadOf(theirs, range), ratio: spreadOf(ratios, range) };
  return { kind: 'ratio', name, unit, aim, aimIs, ...spreads, ...(note === undefined ? {} : { note }) };
}

/** Times need a fraction, rates do not. */
function short(value: number): string {
  return value.toFixed(value < 100 ? 2 : 0);
}
