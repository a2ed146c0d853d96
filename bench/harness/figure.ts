import type { Spread } from './spread.js';

/** Ours against something else, both measured in the same run. */
export interface RatioFigure {
  readonly kind: 'ratio';
  readonly name: string;
  readonly unit: string;
  /** The ratio that is aimed at; null for a figure that only informs. */
  readonly aim: number | null;
  /** Whether the aim is the least that will do, or for what should be small the most. Default: the least. */
  readonly aimIs?: 'least' | 'most';
  readonly ours: Spread;
  readonly theirs: Spread;
  readonly ratio: Spread;
  readonly note?: string;
}

/** Durations in milliseconds. */
export interface DurationFigure {
  readonly kind: 'duration';
  readonly name: string;
  /** What is aimed at, by the name of the value. */
  readonly aim: Readonly<Record<string, number>>;
  readonly milliseconds: Readonly<Record<string, number>>;
  readonly note?: string;
}

/** Values that must lie within bounds, both inclusive. */
export interface BoundedFigure {
  readonly kind: 'bounded';
  readonly name: string;
  readonly within: { readonly least: number; readonly most: number };
  readonly values: Readonly<Record<string, number>>;
  readonly note?: string;
}

export interface NotRun {
  readonly kind: 'not-run';
  readonly name: string;
  readonly reason: string;
}

export type Figure = RatioFigure | DurationFigure | BoundedFigure | NotRun;

export interface BenchOptions {
  readonly rounds: number;
  /** Length of one round where a round is a time. */
  readonly seconds: number;
  /** Events that the projection is measured with. */
  readonly events: number;
  /** Keys that the commands over all keys are measured with. */
  readonly keys: number;
  readonly progress: (line: string) => void;
}

/** One part of the bench; `--only` names it. */
export interface Part {
  readonly name: string;
  readonly about: string;
  run(options: BenchOptions): Promise<Figure[]>;
}
