/** `quartiles` of many short measurements, whose extremes say something of the machine alone. */
export type Range = 'all' | 'quartiles';

/** Several measurements of the same thing; `min` and `max` are the bounds of the range that was asked for. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError if nothing was measured */
export function spreadOf(values: readonly number[], range: Range = 'all'): Spread {
  const [least, most] = range === 'all' ? [0, 100] : [25, 75];
  return { median: percentile(values, 50), min: percentile(values, least), max: percentile(values, most) };
}

/** The value below which so many percent lie, interpolated between neighbours. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = [...values].sort((left, right) => left - right);
  const rank = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(rank)] ?? 0;
  const above = sorted[Math.ceil(rank)] ?? below;
  return below + (above - below) * (rank - Math.floor(rank));
}
