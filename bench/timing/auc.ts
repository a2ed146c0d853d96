/**
 * How well one can tell from a time which of two groups it is of: the probability that one of the first is longer than
 * one of the second (Mann-Whitney). 0.5: not at all; 0 or 1: always.
 *
 * @throws RangeError if one of them is empty
 */
export function areaUnderCurve(first: readonly number[], second: readonly number[]): number {
  if (first.length === 0 || second.length === 0) throw new RangeError('nothing was measured');
  const all = [...first.map((ms) => ({ ms, isFirst: true })), ...second.map((ms) => ({ ms, isFirst: false }))];
  all.sort((left, right) => left.ms - right.ms);
  let rankSum = 0;
  for (let at = 0; at < all.length;) {
    const { ms } = all[at] ?? { ms: Number.NaN };
    let end = at;
    while (all[end]?.ms === ms) end += 1;
    // Equal times share the mean of their ranks.
    for (const { isFirst } of all.slice(at, end)) if (isFirst) rankSum += (at + 1 + end) / 2;
    at = Math.max(end, at + 1);
  }
  return (rankSum - (first.length * (first.length + 1)) / 2) / (first.length * second.length);
}
